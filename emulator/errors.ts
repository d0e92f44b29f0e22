import type {Denial} from './iam/evaluation.ts'
import type {Permission} from './iam/policy.ts'
import {AwsError, type AwsService, type Caller} from './service.ts'

/** Errors that every AWS service answers alike, whatever the operation. */
export type CommonError =
  'expired' | 'unrecognized' | 'unsigned' | 'wrongScope' | 'throttled' | 'unknownOperation' | 'internal' | 'unavailable'

type ErrorSource = Pick<AwsService, 'name' | 'protocol'>

type Form = readonly [name: string, status: number, message: string]

const outage = 'Service Unavailable. Please try again later.'

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
  wrongScope: {
    json: ['InvalidSignatureException', 400, "Credential should be scoped to correct service: '{service}'."],
    query: ['SignatureDoesNotMatch', 403, "Credential should be scoped to correct service: '{service}'."]
  },
  throttled: {
    json: ['ThrottlingException', 400, 'Rate exceeded'],
    query: ['Throttling', 400, 'Rate exceeded']
  },
  // AWS's own error has no text.
  unknownOperation: {
    json: ['UnknownOperationException', 400, 'This emulator does not play {operation} of {service}.'],
    query: ['InvalidAction', 400, 'Could not find operation {operation} for version {version}']
  },
  internal: {
    json: ['InternalFailure', 500, outage],
    query: ['InternalFailure', 500, outage]
  },
  unavailable: {
    json: ['ServiceUnavailable', 503, outage],
    query: ['ServiceUnavailable', 503, outage]
  }
}

/** The names of services whose models have their own for an error, in the SDK's schemas. */
const ownNames: Readonly<Record<string, Partial<Record<CommonError, string>>>> = {
  ecs: {internal: 'ServerException'},
  ecr: {internal: 'ServerException'},
  logs: {internal: 'InternalServerException', unavailable: 'ServiceUnavailableException'}
}

/**
 * A common error in the form of the service's protocol.
 * @param operation what was asked for, where the error names it
 */
export function commonError(kind: CommonError, service: ErrorSource, operation = ''): AwsError {
  const {name: serviceName, protocol} = service
  const [name, status, message] = forms[kind][protocol.kind]
  const words: Readonly<Record<string, string>> = {
    service: serviceName,
    operation,
    version: protocol.kind === 'query' ? protocol.version : ''
  }
  const text = message.replace(/\{(\w+)\}/g, (_, word: string) => words[word] ?? '')
  return new AwsError(ownNames[serviceName]?.[kind] ?? name, text, {status})
}

/**
 * The refusal of an action, in IAM's words. Source: IAM User Guide, "Troubleshoot access denied error messages".
 * @param permission the action, such as `ecs:UpdateService`, and the resource, an ARN or `*`
 * @param denial what denies it; by default the user or role has no policy that would allow it
 */
export function accessDenied(
  service: ErrorSource,
  caller: Caller,
  {action, resource}: Pick<Permission, 'action' | 'resource'>,
  {kind, isExplicit}: Denial = {kind: 'identity-based policy', isExplicit: false}
): AwsError {
  const article = kind === 'identity-based policy' ? 'an' : 'a'
  const reason = isExplicit
    ? `with an explicit deny in ${article} ${kind}`
    : `because no ${kind} allows the ${action} action`
  const message = `User: ${caller.arn} is not authorized to perform: ${action} on resource: ${resource} ${reason}`
  return service.protocol.kind === 'json'
    ? new AwsError('AccessDeniedException', message)
    : new AwsError('AccessDenied', message, {status: 403})
}
