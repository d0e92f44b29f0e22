import type {NormalizedSchema} from '@smithy/core/schema'

/** Who calls, as the signature of the request says. */
export interface Caller {
  readonly accessKeyId: string
  /** The identity's ARN, such as `arn:aws:sts::111122223333:assumed-role/deploy/session`. */
  readonly arn: string
  readonly account: string
}

/** One call of an operation. */
export interface Call {
  readonly operation: string
  /** From the credential scope of the signature. */
  readonly region: string
  readonly caller: Caller
  readonly requestId: string
}

/** One of the SDK's runtime schemas, such as `DescribeServicesRequest$`. */
export type SchemaOf = Parameters<typeof NormalizedSchema.of>[0]

/**
 * An operation of an AWS service. `input` and `output` are the SDK's own runtime schemas; the protocol layer checks both
 * against them, so `handle` gets what the types say and cannot answer what AWS would not.
 */
export interface Operation {
  readonly input: SchemaOf
  readonly output: SchemaOf
  // The protocol layer has checked the input; `operation` below gives handlers their types.
  readonly handle: (input: never, call: Call) => object | Promise<object>
}

/**
 * Ties a handler to its schemas and types, which are those that the schemas stand for:
 * `operation<RegisterTaskDefinitionRequest, RegisterTaskDefinitionResponse>(in$, out$, handle)`.
 */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters
export function operation<Input extends object, Output extends object>(
  input: SchemaOf,
  output: SchemaOf,
  handle: (input: Input, call: Call) => Output | Promise<Output>
): Operation {
  return {input, output, handle}
}

/** An AWS service of the emulator. */
export interface AwsService {
  /** The name in the credential scope, such as `ecs`. */
  readonly name: string
  readonly protocol:
    | {readonly kind: 'json'; readonly targetPrefix: string; readonly contentType: string}
    | {readonly kind: 'query'; readonly version: string; readonly xmlNamespace: string}
  readonly operations: Readonly<Record<string, Operation>>
}

/** An error as AWS answers it. */
export class AwsError extends Error {
  readonly status: number
  readonly members: Readonly<Record<string, unknown>>

  /**
   * @param name the exception's name, such as `ClusterNotFoundException`
   * @param members further modelled members of the exception
   */
  constructor(name: string, message: string, options: {status?: number; members?: Record<string, unknown>} = {}) {
    super(message)
    this.name = name
    this.status = options.status ?? 400
    this.members = options.members ?? {}
  }
}
