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
  const unanswered = noAnswer(error, doing)
  if (unanswered !== undefined) return new Failure(unanswered, {cause: error})
  return new Failure(`AWS refused while ${doing}: ${sentence(error.message || error.name)}`, {cause: error})
}

function denied(error: Error, doing: string, otherwise?: string): Failure {
  const denial = readDenial(error.message)
  if (denial === undefined)
    return new Failure(`AWS denied access while ${doing}: ${sentence(error.message)}`, {cause: error})
  const {action, resource} = denial
  const statement = statementFor(action, resource ?? '*')
  const elsewhere = deniedElsewhere(denial, doing, statement, error)
  if (elsewhere !== undefined) return elsewhere
  if (action === 'iam:PassRole' && resource !== undefined) {
    return new Failure(
      `The role that releases may not pass ${resource} to ECS (iam:PassRole was denied while ${doing}): add this statement to its policy.`,
      {fix: statement, cause: error}
    )
  }
  return new Failure(
    `The role that releases may not ${action}${on(resource)} (denied while ${doing}): add this statement to its policy${otherwise === undefined ? '' : `, ${otherwise}`}.`,
    {fix: statement, cause: error}
  )
}

/** What to do about policies that no statement in the policy of the role makes up for, by AWS's name for their kind. */
const LIMITS: Readonly<Record<string, string>> = {
  'permissions boundary': 'add this statement to the permissions boundary of the role that releases, too',
  'session policy':
    'add this statement to the session policy with which the role was assumed, such as `inline-session-policy` of aws-actions/configure-aws-credentials, too'
}

/**
 * What was denied by another policy than that of the role: a permissions boundary, a session policy, one of the
 * organization, of the repository or of an endpoint, or by a statement that denies.
 * @param doing what was being done, to complete "AWS denied … while …"
 * @param statement what is missing
 * @returns `undefined` when the policy of the role itself allows too little
 */
export function deniedElsewhere(
  {action, resource, reason}: Denial,
  doing: string,
  statement: string,
  cause?: Error
): Failure | undefined {
  const [, kind] = /^because no (.+?) allows\b/.exec(reason) ?? []
  if (reason === '' || kind === 'identity-based policy') return undefined
  const remedy = LIMITS[kind ?? '']
  return new Failure(
    `AWS denied ${action}${on(resource)} while ${doing}, ${oneLine(reason)}: ${remedy ?? 'that policy must let this role through'}.`,
    {...(remedy !== undefined && {fix: statement}), cause}
  )
}

function on(resource: string | undefined): string {
  return resource === undefined ? '' : ` on ${resource}`
}

function statementFor(action: string, resource: string): string {
  return action === 'iam:PassRole' ? passRoleStatement(resource) : policyStatement({action, resource})
}

/** How credentials do not end before the release does. */
export const RENEWAL =
  'set `role-to-assume` and `permissions: id-token: write` and leave out the step that signs in before this one, for credentials that are renewed by themselves, or give those of the job a longer session'
const EXPIRED = (doing: string): string => `The AWS credentials of the job expired while ${doing}: ${RENEWAL}.`
const INVALID = (doing: string): string =>
  `AWS does not know the credentials of the job (while ${doing}): check the access key, and that it belongs to this partition.`

/** Errors that every AWS service answers alike, and those of the SDK and of Node, by name. Query services and JSON services name some of them differently. */
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
  SystemError: (doing, {message}) =>
    `The system of the runner failed while ${doing} (${oneLine(message)}): where its user has no home directory, set the environment variable HOME.`,
  CredentialsProviderError: (_, {message}) =>
    `There are no AWS credentials in this job${message === NO_PROVIDER ? '' : ` (${oneLine(message)})`}: set \`role-to-assume\` and give the job \`permissions: id-token: write\`, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in \`env\`.`
}

/** The SDK's words when none of its providers has anything to say. */
const NO_PROVIDER = 'Could not load credentials from any providers'

/** What is wrong between the runner and AWS, where no answer came; Node's message about a proxy leaves its password out. */
function noAnswer(error: Error, doing: string): string | undefined {
  const code = 'code' in error ? String(error.code) : error.name
  if (code === 'ERR_PROXY_TUNNEL') {
    return `The proxy of the runner let no request through while ${doing} (${oneLine(error.message)}): let it pass what goes to AWS, or except the host in NO_PROXY.`
  }
  if (/CERT|UNABLE_TO_VERIFY_LEAF_SIGNATURE/.test(code)) {
    return `The runner does not trust the certificate that it was shown while ${doing} (${code}): where a proxy looks into TLS, name the file with its certificate in the environment variable NODE_EXTRA_CA_CERTS.`
  }
  return /^(ECONN|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EPIPE|TimeoutError)/.test(code)
    ? `AWS could not be reached while ${doing} (${code}): check the region and the network of the runner.`
    : undefined
}

/** `text` on one line, ending in a full stop. */
function sentence(text: string): string {
  const line = oneLine(text).trim()
  return /[.!?]$/.test(line) ? line : `${line}.`
}
