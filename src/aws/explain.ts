import {Failure} from '../workflow/failure.ts'
import {oneLine} from '../workflow/text.ts'
import {isDenied} from './allowed.ts'
import {passRoleStatement, policyStatement} from './policy.ts'

/** What AWS refused, read from its own sentence. */
interface Denial {
  readonly action: string
  readonly resource: string | undefined
  readonly reason: string
}

/** AWS's wording: `User: X is not authorized to perform: ecs:UpdateService on resource: Y because no identity-based policy allows …`. */
export function readDenial(message: string): Denial | undefined {
  const match =
    /is not authorized to perform: ([\w-]+:\w+)(?: on resource: (\S+))?(?: (because .+|with an explicit deny.*))?/.exec(
      message
    )
  const action = match?.[1]
  return action === undefined ? undefined : {action, resource: match?.[2], reason: match?.[3] ?? ''}
}

/**
 * What went wrong in a call to AWS, in the user's words.
 * @param doing what was being done, to complete "AWS denied … while …": `updating the service web`
 * @param otherwise what else may be wrong when AWS denies the call: `or correct the input x`
 */
export function explain(error: unknown, doing: string, otherwise?: string): Failure {
  if (error instanceof Failure) return error
  if (!(error instanceof Error)) return new Failure(`Something unexpected happened while ${doing}: ${String(error)}.`)
  if (isDenied(error)) return denied(error, doing, otherwise)
  const tell = COMMON[error.name]
  if (tell !== undefined) return new Failure(tell(doing, error), {cause: error})
  const network = unreachable(error)
  if (network !== undefined)
    return new Failure(
      `AWS could not be reached while ${doing} (${network}): check the region and the network of the runner.`,
      {cause: error}
    )
  return new Failure(`AWS refused while ${doing}: ${sentence(error.message || error.name)}`, {cause: error})
}

function denied(error: Error, doing: string, otherwise?: string): Failure {
  const denial = readDenial(error.message)
  if (denial === undefined)
    return new Failure(`AWS denied access while ${doing}: ${sentence(error.message)}`, {cause: error})
  const {action, resource, reason} = denial
  const where = resource === undefined ? '' : ` on ${resource}`
  if (/explicit deny/.test(reason)) {
    return new Failure(
      `AWS denied ${action}${where} while ${doing}, ${oneLine(reason)}: that policy must let this role through.`,
      {cause: error}
    )
  }
  if (action === 'iam:PassRole' && resource !== undefined) {
    return new Failure(
      `The role that releases may not pass ${resource} to ECS (iam:PassRole was denied while ${doing}): add this statement to its policy.`,
      {fix: passRoleStatement(resource), cause: error}
    )
  }
  return new Failure(
    `The role that releases may not ${action}${where} (denied while ${doing}): add this statement to its policy${otherwise === undefined ? '' : `, ${otherwise}`}.`,
    {
      fix: policyStatement({action, resource: resource ?? '*'}),
      cause: error
    }
  )
}

const EXPIRED = (doing: string): string =>
  `The AWS credentials of the job expired while ${doing}: set \`role-to-assume\` and \`permissions: id-token: write\`, for credentials that are renewed by themselves, or give those of the job a longer session.`
const INVALID = (doing: string): string =>
  `AWS does not know the credentials of the job (while ${doing}): check the access key, and that it belongs to this partition.`

/** Errors that every AWS service answers alike, by name. Query services and JSON services name some of them differently. */
const COMMON: Readonly<Record<string, (doing: string, error: Error) => string>> = {
  ExpiredTokenException: EXPIRED,
  ExpiredToken: EXPIRED,
  UnrecognizedClientException: INVALID,
  InvalidClientTokenId: INVALID,
  InvalidSignatureException: doing =>
    `AWS refused the signature of the request while ${doing}: check the secret access key, and the clock of the runner.`,
  SignatureDoesNotMatch: doing =>
    `AWS refused the signature of the request while ${doing}: check the secret access key, and the clock of the runner.`,
  ThrottlingException: doing =>
    `AWS was throttling requests (Rate exceeded) while ${doing}: run the job again when fewer deployments run at once.`,
  CredentialsProviderError: (_, {message}) =>
    `There are no AWS credentials in this job${message === NO_PROVIDER ? '' : ` (${oneLine(message)})`}: set \`role-to-assume\` and give the job \`permissions: id-token: write\`, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in \`env\`.`
}

/** The SDK's words when none of its providers has anything to say. */
const NO_PROVIDER = 'Could not load credentials from any providers'

function unreachable(error: Error): string | undefined {
  const code = 'code' in error ? String(error.code) : error.name
  return /^(ECONN|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EPIPE|TimeoutError)/.test(code)
    ? code
    : undefined
}

/** `text` on one line, ending in a full stop. */
function sentence(text: string): string {
  const line = oneLine(text).trim()
  return /[.!?]$/.test(line) ? line : `${line}.`
}
