import type {NormalizedSchema} from '@smithy/core/schema'
import type {Policy} from './iam/policy.ts'

/** Who calls, as the signature of the request says. */
export interface Caller {
  readonly accessKeyId: string
  /** The identity's ARN, such as `arn:aws:sts::111122223333:assumed-role/deploy/session`. */
  readonly arn: string
  readonly account: string
  /** What the session may do at most, whatever its role may. */
  readonly sessionPolicy?: Policy
}

/** One call of an operation. */
export interface Call {
  readonly operation: string
  /** From the credential scope of the signature. */
  readonly region: string
  readonly caller: Caller
  readonly requestId: string
}

/** One of the SDK's runtime schemas of a structure, such as `DescribeServicesRequest$`. */
export type SchemaOf = Parameters<typeof NormalizedSchema.of>[0]

/** The SDK's runtime schema of an operation, such as `DescribeServices$`: at its end stand those of its input and output. */
export type OperationSchema = readonly [9, string, string, unknown, SchemaOf, SchemaOf]

/**
 * An operation of an AWS service. `input` and `output` are the SDK's own runtime schemas; the protocol layer checks both
 * against them, so `handle` gets what the types say and cannot answer what AWS would not.
 */
export interface Operation {
  readonly input: SchemaOf
  readonly output: SchemaOf
  // Each handler names the types that its schemas stand for; the schemas themselves carry none.
  readonly handle: (input: never, call: Call) => object | Promise<object>
}

/** Operations by name. */
export type Operations = Readonly<Record<string, Operation>>

/**
 * An operation whose input and output have the schemas that the SDK gives it.
 * @param handle with the types of the request and the response that the schemas stand for
 */
export function operationOf(schema: OperationSchema, handle: Operation['handle']): Operation {
  return {input: schema[4], output: schema[5], handle}
}

/** An AWS service of the emulator. */
export interface AwsService {
  /** The name in the credential scope, such as `ecs`. */
  readonly name: string
  readonly protocol:
    | {readonly kind: 'json'; readonly targetPrefix: string; readonly contentType: string}
    | {readonly kind: 'query'; readonly version: string; readonly xmlNamespace: string}
  readonly operations: Operations
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
