import {AwsError, type AwsService, type Caller} from './service.ts'

/** Errors that every AWS service answers alike, whatever the operation. */
export type CommonError =
  'expired' | 'unrecognized' | 'unsigned' | 'throttled' | 'unknownOperation' | 'internal' | 'unavailable'

type Form = readonly [name: string, status: number, message: string]

/** awsJson and awsQuery give the same errors other names and statuses. */
const forms: Record<CommonError, Record<'json' | 'query', Form>> = {
  expired: {
    json: ['ExpiredTokenException', 400, 'The security token included in the request is expired'],
    query: ['ExpiredToken', 403, 'The security token included in the request is expired']
  },
  unrecognized: {
    json: ['UnrecognizedClientException', 400, 'The security token included in the request is invalid.'],
    query: ['InvalidClientTokenId', 403, 'The security token included in the request is invalid.']
  },
  unsigned: {
    json: ['MissingAuthenticationTokenException', 400, 'Missing Authentication Token'],
    query: ['MissingAuthenticationToken', 403, 'Request is missing Authentication Token']
  },
  throttled: {
    json: ['ThrottlingException', 400, 'Rate exceeded'],
    query: ['Throttling', 400, 'Rate exceeded']
  },
  unknownOperation: {
    json: ['UnknownOperationException', 400, ''],
    query: ['InvalidAction', 400, 'Could not find the operation for this version']
  },
  internal: {
    json: ['ServerException', 500, 'Service Unavailable. Please try again later.'],
    query: ['InternalFailure', 500, 'Service Unavailable. Please try again later.']
  },
  unavailable: {
    json: ['ServiceUnavailableException', 503, 'Service Unavailable. Please try again later.'],
    query: ['ServiceUnavailable', 503, 'Service Unavailable. Please try again later.']
  }
}

/** A common error in the form of the service's protocol. */
export function commonError(kind: CommonError, service: Pick<AwsService, 'protocol'>): AwsError {
  const [name, status, message] = forms[kind][service.protocol.kind]
  return new AwsError(name, message, {status})
}

/**
 * The refusal of an action, in IAM's words.
 * @param action such as `ecs:UpdateService`
 * @param resource the ARN, or `*`
 */
export function accessDenied(
  service: Pick<AwsService, 'protocol'>,
  caller: Caller,
  action: string,
  resource: string
): AwsError {
  const message =
    `User: ${caller.arn} is not authorized to perform: ${action} on resource: ${resource} ` +
    `because no identity-based policy allows the ${action} action`
  return service.protocol.kind === 'json'
    ? new AwsError('AccessDeniedException', message)
    : new AwsError('AccessDenied', message, {status: 403})
}
