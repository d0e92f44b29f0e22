import type {Operation} from '../service.ts'

type SchemaOf = Operation['input']
/** The SDK's schema of an operation, as far as it is used here: input and output stand at the end. */
type OperationSchema = readonly [9, string, string, unknown, SchemaOf, SchemaOf]

/** Operations by name. */
export type Operations = Readonly<Record<string, Operation>>

/**
 * An operation whose input and output have the schemas that the SDK gives it.
 * @param handle with the types of the request and the response that the schemas stand for
 */
export function operationOf(schema: OperationSchema, handle: Operation['handle']): Operation {
  return {input: schema[4], output: schema[5], handle}
}
