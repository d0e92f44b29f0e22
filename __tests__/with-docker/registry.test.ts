import {spawn} from 'node:child_process'
import {mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {text} from 'node:stream/consumers'
import {DescribeImagesCommand, ECRClient, GetAuthorizationTokenCommand} from '@aws-sdk/client-ecr'
import {afterEach, beforeEach, expect, test} from '@jest/globals'
import {SteppedClock} from '../../emulator/clock.ts'
import {createEcr, type Ecr} from '../../emulator/ecr.ts'
import {seededRandom} from '../../emulator/ids.ts'
import {createEmulator, defaultStart, staticCredentials, type Emulator} from '../../emulator/server.ts'

const region = 'eu-west-1'
const account = '111122223333'

let directory = ''
let clock: SteppedClock
let emulator: Emulator
let ecr: Ecr
let client: ECRClient
let host: string
let image: string

const engine = await docker(['version'])
if (engine.status !== 0) {
  throw new Error(`No Docker engine answers; \`npm test\` provides one, or set DOCKER_HOST. ${engine.errors.trim()}`)
}

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'registry-'))
  await writeFile(join(directory, 'Dockerfile'), 'FROM scratch\nCOPY page.html /\nCMD ["/page.html"]\n')
  clock = new SteppedClock(defaultStart)
  emulator = await createEmulator({clock, account, region})
  host = new URL(emulator.url).host
  image = `${host}/team/web:v1`
  client = new ECRClient({region, endpoint: emulator.url, credentials: staticCredentials})
  const {journal, faults} = emulator
  const random = seededRandom(1)
  ecr = createEcr({clock, account, registryHost: () => host, scheme: 'http', random, journal, faults})
  emulator.add(ecr.service)
  emulator.route('/v2/', ecr.registry)
  emulator.route('/_layers/', ecr.layers)
  ecr.createRepository({account, region, name: 'team/web', mutability: 'IMMUTABLE'})
})

afterEach(async () => {
  await docker(['rmi', '--force', image])
  client.destroy()
  await emulator.close()
  await rm(directory, {recursive: true})
  expect(emulator.defects).toEqual([])
})

interface Result {
  readonly status: number
  readonly output: string
  readonly errors: string
}

/** Runs `docker`, with the configuration of the test. */
async function docker(args: readonly string[], input = ''): Promise<Result> {
  const env = {...process.env, DOCKER_CONFIG: directory}
  const child = spawn('docker', args, {env, stdio: ['pipe', 'pipe', 'pipe']})
  let failure = ''
  child.once('error', error => (failure = error.message))
  const status = new Promise<number>(resolve => {
    child.once('close', code => {
      resolve(code ?? 1)
    })
  })
  child.stdin.end(input)
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr)])
  return {status: await status, output, errors: errors + failure}
}

/** A push has to fail, for docker and for the registry, with `words`; the containerd image store prints the status only. */
async function expectRefusal(code: string, status: number, words: string): Promise<void> {
  const pushed = await docker(['push', image])
  expect(pushed.status).toBe(1)
  expect(emulator.journal.entries()).toContainEqual(expect.objectContaining({service: 'registry', status, error: code}))
  expect([words, `: ${status} `].filter(text => pushed.errors.includes(text))).toHaveLength(1)
}

/** Signs in as the action does: with a token of ECR's on the standard input. */
async function login(): Promise<Result> {
  const {authorizationData = []} = await client.send(new GetAuthorizationTokenCommand({}))
  const [data] = authorizationData
  const [user = '', password = ''] = Buffer.from(data?.authorizationToken ?? '', 'base64')
    .toString()
    .split(':')
  return docker(['login', '--username', user, '--password-stdin', data?.proxyEndpoint ?? ''], password)
}

async function build(content: string): Promise<void> {
  await writeFile(join(directory, 'page.html'), content)
  expect(await docker(['build', '--tag', image, directory])).toMatchObject({status: 0})
}

test('docker signs in, builds, pushes and pulls', async () => {
  expect(await login()).toMatchObject({status: 0, output: expect.stringContaining('Login Succeeded')})
  await build('one')
  const pushed = await docker(['push', image])
  const digest = /\bdigest: (sha256:[0-9a-f]{64}) size: \d+/.exec(pushed.output)?.[1]
  const command = new DescribeImagesCommand({repositoryName: 'team/web', imageIds: [{imageTag: 'v1'}]})
  const {imageDetails = []} = await client.send(command)
  expect([pushed.status, digest]).toEqual([0, imageDetails[0]?.imageDigest])
  const platform = await docker(['version', '--format', '{{.Server.Os}}/{{.Server.Arch}}'])
  expect(ecr.images.resolve(image)?.platforms).toEqual([platform.output.trim()])
  await docker(['rmi', image])
  const pulled = await docker(['pull', image])
  expect(pulled).toMatchObject({status: 0, output: expect.stringContaining(`Digest: ${digest ?? ''}`)})
})

test('docker is told that a tag cannot be moved', async () => {
  await login()
  await build('one')
  expect(await docker(['push', image])).toMatchObject({status: 0})
  await build('two')
  await expectRefusal(
    'TAG_INVALID',
    400,
    "tag invalid: The image tag 'v1' already exists in the 'team/web' repository and cannot be overwritten because the repository is immutable."
  )
})

test('docker is told that the repository is missing', async () => {
  await login()
  image = `${host}/nowhere:v1`
  await build('one')
  const words = `name unknown: The repository with name 'nowhere' does not exist in the registry with id '${account}'`
  await expectRefusal('NAME_UNKNOWN', 404, words)
})

test('docker is told that a push is denied', async () => {
  await login()
  emulator.faults.set([{service: 'registry', operation: 'InitiateLayerUpload', fault: {kind: 'access-denied'}}])
  await build('one')
  await expectRefusal(
    'DENIED',
    403,
    `denied: User: arn:aws:iam::${account}:user/deployer is not authorized to perform: ecr:InitiateLayerUpload on resource: arn:aws:ecr:${region}:${account}:repository/team/web because no identity-based policy allows the ecr:InitiateLayerUpload action`
  )
})

test('docker is refused without a login, with a wrong one and with one that has expired', async () => {
  await build('one')
  const anonymous = await docker(['push', image])
  expect(anonymous).toMatchObject({status: 1, errors: expect.stringContaining('no basic auth credentials')})
  const wrong = await docker(['login', '--username', 'AWS', '--password-stdin', host], 'guess')
  expect(wrong).toMatchObject({status: 1, errors: expect.stringContaining('400 Bad Request')})
  await login()
  clock.advance(clock.now() + 12 * 60 * 60 * 1000)
  const words = 'denied: Your authorization token has expired. Reauthenticate and try again.'
  await expectRefusal('DENIED', 403, words)
})
