import type {IncomingMessage, ServerResponse} from 'node:http'
import {buffer} from 'node:stream/consumers'
import type {EmulatorClock} from './clock.ts'
import type {EcrBehaviour} from './ecr/behaviour.ts'
import type {LayerLinks} from './ecr/links.ts'
import {digestOf, isDigest, parseManifest} from './ecr/manifest.ts'
import type {Repositories} from './ecr/repositories.ts'
import {arnOf, type Repository, type RepositoryImage, type RepositoryName} from './ecr/repository.ts'
import type {AuthorizationTokens, TokenHolder, TokenState} from './ecr/tokens.ts'
import {badGatewayPage, faultError, pass, type Fault, type Faults} from './faults.ts'
import {createIds, type Ids} from './ids.ts'
import type {Policies} from './iam.ts'
import type {Journal} from './journal.ts'
import {AwsError, type AwsService, type Caller} from './service.ts'

/** Answers requests to a part of the emulator. */
export type RegistryHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>

/** What the registry needs. */
export interface RegistryOptions {
  readonly clock: EmulatorClock
  readonly registryHost: () => string
  readonly scheme: 'http' | 'https'
  /** A number from 0 up to, not including, 1. */
  readonly random: () => number
  readonly journal: Journal
  readonly faults: Faults
  readonly policies: Policies
  /** The API of ECR, whose operations the registry is another form of. */
  readonly service: AwsService
  readonly repositories: Repositories
  readonly tokens: AuthorizationTokens
  readonly links: LayerLinks
  readonly behaviour: EcrBehaviour
}

/** A layer on its way in. */
interface Upload {
  readonly repository: Repository
  bytes: Buffer
}

/** What the routes share. */
interface State extends RegistryOptions {
  readonly ids: Ids
  readonly uploads: Map<string, Upload>
}

/** A request of someone who may make it. */
interface Visit {
  readonly state: State
  readonly request: IncomingMessage
  readonly holder: TokenHolder
  /** The repository's name as the request has it. */
  readonly path: string
  /** The last part of the path: a digest, a tag or an upload's id. */
  readonly reference: string
  readonly query: URLSearchParams
}

/** A request to a repository that is there and open to the caller. */
interface RepositoryVisit extends Visit {
  readonly repository: Repository
}

interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string | number>>
  readonly body?: Buffer | string
  /** The registry's error code, such as `NAME_UNKNOWN`. */
  readonly error?: string
}

interface Route {
  readonly method: string
  readonly path: RegExp
  /** The operation of ECR that it is, for IAM and for faults. */
  readonly operation: string
  readonly answer: (visit: RepositoryVisit) => Answer | Promise<Answer>
}

const blob = /^\/v2\/(?<name>.+)\/blobs\/(?<reference>sha256:[^/]+)$/
const newUpload = /^\/v2\/(?<name>.+)\/blobs\/uploads\/?$/
const upload = /^\/v2\/(?<name>.+)\/blobs\/uploads\/(?<reference>[^/]+)$/
const manifest = /^\/v2\/(?<name>.+)\/manifests\/(?<reference>sha256:[0-9a-f]{64}|\w[\w.-]{0,127})$/
const tagList = /^\/v2\/(?<name>.+)\/tags\/list$/

const routes: readonly Route[] = [
  {method: 'HEAD', path: blob, operation: 'BatchCheckLayerAvailability', answer: checkBlob},
  {method: 'GET', path: blob, operation: 'GetDownloadUrlForLayer', answer: getBlob},
  {method: 'POST', path: newUpload, operation: 'InitiateLayerUpload', answer: startUpload},
  {method: 'PATCH', path: upload, operation: 'UploadLayerPart', answer: continueUpload},
  {method: 'PUT', path: upload, operation: 'CompleteLayerUpload', answer: completeUpload},
  {method: 'HEAD', path: manifest, operation: 'BatchGetImage', answer: checkManifest},
  {method: 'GET', path: manifest, operation: 'BatchGetImage', answer: getManifest},
  {method: 'PUT', path: manifest, operation: 'PutImage', answer: putManifest},
  {method: 'GET', path: tagList, operation: 'ListImages', answer: listTags}
]

/** The operations of ECR that the registry's requests are. */
export const registryOperations: ReadonlySet<string> = new Set(routes.map(({operation}) => operation))

/** The registry's code and HTTP status for ECR's exceptions, whose messages it passes on. */
const errors: Readonly<Record<string, readonly [code: string, status: number]>> = {
  AccessDeniedException: ['DENIED', 403],
  ThrottlingException: ['TOOMANYREQUESTS', 429],
  RepositoryNotFoundException: ['NAME_UNKNOWN', 404],
  ImageNotFoundException: ['MANIFEST_UNKNOWN', 404],
  ImageTagAlreadyExistsException: ['TAG_INVALID', 400],
  ImageDigestDoesNotMatchException: ['DIGEST_INVALID', 400],
  InvalidParameterException: ['MANIFEST_INVALID', 400],
  LayersNotFoundException: ['MANIFEST_BLOB_UNKNOWN', 400],
  ReferencedImagesNotFoundException: ['MANIFEST_BLOB_UNKNOWN', 400],
  LayerInaccessibleException: ['BLOB_UNKNOWN', 404],
  UploadNotFoundException: ['BLOB_UPLOAD_UNKNOWN', 404],
  InvalidLayerException: ['DIGEST_INVALID', 400],
  InvalidLayerPartException: ['BLOB_UPLOAD_INVALID', 416]
}

/** The registry of ECR: the Docker Registry HTTP API v2, for those who have an authorization token. */
export function createRegistry(options: RegistryOptions): RegistryHandler {
  const state = {...options, ids: createIds(options.random), uploads: new Map<string, Upload>()}
  return (request, response) => handle(state, request, response)
}

async function handle(state: State, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const token = state.tokens.check(request.headers.authorization)
  const holder = 'holder' in token ? token.holder : undefined
  const operation = `${request.method ?? ''} ${request.url ?? ''}`
  const caller = holder?.caller.arn
  const close = state.journal.begin({service: 'registry', operation, caller, region: holder?.region})
  try {
    const answer = await answerTo(state, request, token)
    if (answer === 'reset') request.socket.resetAndDestroy()
    else send(request, response, answer)
    close(answer === 'reset' ? {status: answer} : {status: answer.status, error: answer.error})
  } catch (error) {
    // The client went away in the middle of its request; any other error is the emulator's own.
    if (!request.destroyed || request.complete) throw error
    close({status: 'reset'})
  }
}

async function answerTo(state: State, request: IncomingMessage, token: TokenState): Promise<Answer | 'reset'> {
  if (token.state !== 'valid') return refuse(state, token.state)
  // Only the path and the query count: the host is a placeholder.
  const {pathname, searchParams} = new URL(request.url ?? '/', 'http://registry')
  if (pathname === '/v2/') return {status: 200}
  const route = routes.find(({method, path}) => method === request.method && path.test(pathname))
  if (route === undefined) return failure('UNSUPPORTED', 404, 'The operation is unsupported.')
  const {name: path = '', reference = ''} = route.path.exec(pathname)?.groups ?? {}
  const visit = {state, request, holder: token.holder, path, reference, query: searchParams}
  return withFault(
    route,
    visit,
    state.faults.next('registry', route.operation, fault => canHappen(fault, request))
  )
}

/** The registry's reads are consistent, and what has no body is never cut short. */
function canHappen({kind}: Fault, {method}: IncomingMessage): boolean {
  return kind !== 'stale' && (kind !== 'truncated' || method === 'GET')
}

async function withFault(route: Route, visit: Visit, fault: Fault | undefined): Promise<Answer | 'reset'> {
  const {state} = visit
  if (fault?.kind === 'reset') return 'reset'
  if (fault?.kind === 'expired-credentials') return refuse(state, 'expired')
  if (fault?.kind === 'bad-gateway') return {status: 502, headers: {'content-type': 'text/html'}, body: badGatewayPage}
  if (fault?.kind === 'delay') await pass(state.clock, fault.milliseconds)
  const answer = await withErrors(route, visit, fault)
  if (fault?.kind === 'truncated') return firstHalf(answer)
  return fault?.kind === 'answer-lost' ? 'reset' : answer
}

function firstHalf({body = '', headers, ...answer}: Answer): Answer {
  const half = Buffer.from(body).subarray(0, Buffer.byteLength(body) / 2)
  return {...answer, body: half, headers: {...headers, 'content-length': half.length}}
}

async function withErrors({operation, answer}: Route, visit: Visit, fault: Fault | undefined): Promise<Answer> {
  const {state, holder, path} = visit
  const {service, repositories} = state
  const {caller} = holder
  const wanted = {...repositories.parsePath(path), region: holder.region}
  try {
    const error = fault && faultError(fault, {service, operation, caller, resource: () => arnOf(wanted)})
    if (error !== undefined) throw error
    return await answer({...visit, repository: open(state, wanted, caller, operation)})
  } catch (error) {
    if (!(error instanceof AwsError)) throw error
    const [code, status] = errors[error.name] ?? ['UNKNOWN', error.status]
    return failure(code, status, error.message)
  }
}

/** The repository, for a caller whom IAM and the repository's own policy let do it. @throws AwsError */
function open(state: State, wanted: RepositoryName, caller: Caller, operation: string): Repository {
  const {policies, service, repositories} = state
  const {account, name, region} = wanted
  policies.authorize(service, {input: {registryId: account, repositoryName: name}, call: {operation, region, caller}})
  return repositories.open(wanted, caller, `ecr:${operation}`)
}

function refuse({scheme, registryHost, behaviour}: State, token: 'missing' | 'invalid' | 'expired'): Answer {
  if (token === 'invalid') return failure('DENIED', 400, 'Your Authorization Token is invalid.')
  if (token === 'expired') {
    const text = 'Your authorization token has expired. Reauthenticate and try again.'
    return failure('DENIED', behaviour.expiredTokenStatus, text)
  }
  return {
    status: 401,
    headers: {
      'content-type': 'text/plain; charset=utf-8',
      'www-authenticate': `Basic realm="${scheme}://${registryHost()}/",service="ecr.amazonaws.com"`
    },
    body: 'Not Authorized\n',
    error: 'UNAUTHORIZED'
  }
}

function failure(code: string, status: number, message: string): Answer {
  const body = JSON.stringify({errors: [{code, message}]})
  return {status, headers: {'content-type': 'application/json; charset=utf-8'}, body, error: code}
}

function send(request: IncomingMessage, response: ServerResponse, {status, headers, body = ''}: Answer): void {
  const length = Buffer.byteLength(body)
  const standard = {'docker-distribution-api-version': 'registry/2.0', 'content-length': length}
  response.writeHead(status, {...standard, ...headers})
  response.end(request.method === 'HEAD' ? undefined : body)
}

function checkBlob({repository, reference}: RepositoryVisit): Answer {
  const bytes = existingBlob(repository, reference)
  const headers = {
    'content-type': 'application/octet-stream',
    'content-length': bytes.length,
    'docker-content-digest': reference
  }
  return {status: 200, headers}
}

/** ECR sends clients to its storage for the bytes. */
function getBlob({state, repository, reference}: RepositoryVisit): Answer {
  const location = state.links.make(reference, existingBlob(repository, reference))
  return {status: 307, headers: {location}}
}

function existingBlob(repository: Repository, digest: string): Buffer {
  const bytes = repository.blobs.get(digest)
  if (bytes !== undefined) return bytes
  throw new AwsError('LayerInaccessibleException', 'blob unknown to registry')
}

async function startUpload(visit: RepositoryVisit): Promise<Answer> {
  const {state, repository, query} = visit
  const mounted = query.get('mount')
  if (mounted !== null && mount(visit, mounted)) return blobCreated(visit, mounted)
  const digest = query.get('digest')
  const id = state.ids.uuid()
  const started = {repository, bytes: Buffer.alloc(0)}
  if (digest !== null) return finish(visit, started, digest)
  state.uploads.set(id, started)
  return uploadAccepted({...visit, reference: id}, started)
}

/**
 * Takes a layer from another repository of the same registry, if the account's setting and the caller's rights let it;
 * otherwise the client uploads it.
 */
function mount({state, holder, repository, query}: RepositoryVisit, digest: string): boolean {
  const source = {...state.repositories.parsePath(query.get('from') ?? ''), region: holder.region}
  if (state.behaviour.blobMounting === 'DISABLED' || source.account !== repository.account) return false
  try {
    const bytes = open(state, source, holder.caller, 'GetDownloadUrlForLayer').blobs.get(digest)
    if (bytes !== undefined) repository.blobs.set(digest, bytes)
    return bytes !== undefined
  } catch (error) {
    if (error instanceof AwsError) return false
    throw error
  }
}

async function continueUpload(visit: RepositoryVisit): Promise<Answer> {
  const started = existingUpload(visit)
  const first = /^(\d+)-/.exec(visit.request.headers['content-range'] ?? '')?.[1]
  if (first !== undefined && Number(first) !== started.bytes.length) {
    throw new AwsError('InvalidLayerPartException', 'The layer part does not follow the part before it.')
  }
  started.bytes = Buffer.concat([started.bytes, await buffer(visit.request)])
  return uploadAccepted(visit, started)
}

async function completeUpload(visit: RepositoryVisit): Promise<Answer> {
  const started = existingUpload(visit)
  const answer = await finish(visit, started, visit.query.get('digest') ?? '')
  visit.state.uploads.delete(visit.reference)
  return answer
}

function existingUpload({state, repository, reference}: RepositoryVisit): Upload {
  const started = state.uploads.get(reference)
  if (started?.repository === repository) return started
  throw new AwsError('UploadNotFoundException', 'blob upload unknown to registry')
}

/**
 * Keeps a layer once its last bytes, the request's body, are in. Bytes are a part of the layer, however they come: inferred
 * from ECR's one list of rights for all clients that push.
 */
async function finish(visit: RepositoryVisit, started: Upload, digest: string): Promise<Answer> {
  const {state, holder, repository} = visit
  const last = await buffer(visit.request)
  if (last.length > 0) open(state, repository, holder.caller, 'UploadLayerPart')
  const bytes = Buffer.concat([started.bytes, last])
  if (digestOf(bytes) !== digest) {
    throw new AwsError('InvalidLayerException', 'provided digest did not match uploaded content')
  }
  started.repository.blobs.set(digest, bytes)
  return blobCreated(visit, digest)
}

function uploadAccepted({path, reference}: RepositoryVisit, {bytes}: Upload): Answer {
  const headers = {
    location: `/v2/${path}/blobs/uploads/${reference}`,
    range: `0-${Math.max(bytes.length - 1, 0)}`,
    'docker-upload-uuid': reference
  }
  return {status: 202, headers}
}

function blobCreated({path}: RepositoryVisit, digest: string): Answer {
  const headers = {location: `/v2/${path}/blobs/${digest}`, 'docker-content-digest': digest}
  return {status: 201, headers}
}

function checkManifest(visit: RepositoryVisit): Answer {
  return describeManifest(existingImage(visit))
}

function getManifest(visit: RepositoryVisit): Answer {
  const image = existingImage(visit)
  image.pulledAt = new Date(visit.state.clock.now())
  return {...describeManifest(image), body: image.manifest.bytes}
}

function existingImage({repository, reference}: RepositoryVisit): RepositoryImage {
  const image = repository.find(isDigest(reference) ? {imageDigest: reference} : {imageTag: reference})
  if (image !== undefined) return image
  throw new AwsError('ImageNotFoundException', 'Requested image not found')
}

function describeManifest({manifest: {mediaType, bytes, digest}}: RepositoryImage): Answer {
  const headers = {'content-type': mediaType, 'content-length': bytes.length, 'docker-content-digest': digest}
  return {status: 200, headers}
}

async function putManifest({state, request, repository, path, reference}: RepositoryVisit): Promise<Answer> {
  const image = parseManifest(await buffer(request), request.headers['content-type']?.split(';')[0])
  const tag = isDigest(reference) ? undefined : reference
  if (tag === undefined && reference !== image.digest) {
    throw new AwsError('ImageDigestDoesNotMatchException', 'provided digest did not match uploaded content')
  }
  if (tag !== undefined) checkSameImage(state.behaviour, repository, image.digest, tag)
  repository.put(image, tag, new Date(state.clock.now()))
  const headers = {location: `/v2/${path}/manifests/${image.digest}`, 'docker-content-digest': image.digest}
  return {status: 201, headers}
}

function checkSameImage(behaviour: EcrBehaviour, repository: Repository, imageDigest: string, imageTag: string): void {
  const isRefused = behaviour.sameImageUnderImmutableTag === 'refused' && !repository.isMutable(imageTag)
  if (isRefused && repository.find({imageDigest, imageTag}) !== undefined) throw repository.tagExists(imageTag)
}

function listTags({repository, path}: RepositoryVisit): Answer {
  const body = JSON.stringify({name: path, tags: repository.tags()})
  return {status: 200, headers: {'content-type': 'application/json; charset=utf-8'}, body}
}
