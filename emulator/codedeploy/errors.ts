import {AwsError} from '../service.ts'

/** One of CodeDeploy's own errors. @param kind the exception's name without `Exception`, such as `DeploymentDoesNotExist` */
export function codeDeployError(kind: string, message: string): AwsError {
  return new AwsError(`${kind}Exception`, message)
}

/** A member of a request that has to be there. @throws AwsError the error that the service has for it, in words not confirmed */
export function required<Value>(value: Value | undefined, kind: string, what: string): Value {
  if (value === undefined || value === '') throw codeDeployError(kind, `The ${what} was not specified.`)
  return value
}
