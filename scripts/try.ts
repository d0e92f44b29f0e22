/**
 * `npm run try`: releases a small repository to a local AWS with the bundle, as a runner would, and shows what a user would
 * see. `npm run try -- crash` and the other variants show a release that fails, `plan` what one would change; with `--speed FACTOR`, time passes so many times
 * as fast as real time. Ends with the step's exit code.
 */
import {execFileSync} from 'node:child_process'
import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join, relative} from 'node:path'
import {fileURLToPath} from 'node:url'
import {parseArgs} from 'node:util'
import {DescribeServicesCommand, ECSClient} from '@aws-sdk/client-ecs'
import {SteppedClock} from '../emulator/clock.ts'
import {engineAddress, EngineError} from '../emulator/containers/engine.ts'
import {createLocalAws, type LocalAws} from '../emulator/local-aws.ts'
import {runStep, type StepResult} from '../emulator/runner.ts'
import {seed} from '../emulator/seed.ts'
import {staticCredentials} from '../emulator/server.ts'
import {httpAnswer, type Program, staticProgram} from '../emulator/static-program.ts'
import {dockerEngine} from './docker-engine.ts'

/**
 * What the released program does, and what the step is told. By the name of the release's tag, the local AWS knows how to
 * play tasks where it cannot run the program.
 */
interface Variant {
  readonly tag: string
  readonly program: Program
  /** Of the step, beside those that all variants have. */
  readonly inputs?: Readonly<Record<string, string>>
  /** Members of the task definition in place of its own. */
  readonly definition?: object
}

const port = 8080
const logGroup = '/ecs/web'
const listening = (status: string): Program => ({
  prints: `Listening on port ${port}\n`,
  listens: {port, answer: httpAnswer(status)}
})
const crash = `Error: connect ECONNREFUSED 10.0.3.12:5432
    at connect (/app/database.js:41:11)
    at start (/app/server.js:12:9)
`

const variants: Readonly<Record<string, Variant>> = {
  '': {tag: 'v1.4.0', program: listening('200 OK')},
  crash: {tag: 'v1.5.0-crash', program: {prints: crash, exitCode: 3}},
  'bad-image': {tag: 'v1.5.0-bad-image', program: listening('200 OK')},
  'wrong-service': {tag: 'v1.5.0', program: listening('200 OK'), inputs: {service: 'wbe'}},
  mistakes: {
    tag: 'v1.5.0',
    program: listening('200 OK'),
    definition: {cpu: '300', ephemeralStorag: {sizeInGiB: 30}, executionRoleArn: undefined}
  },
  plan: {
    tag: 'v1.5.0',
    program: listening('200 OK'),
    inputs: {plan: 'true'},
    definition: {cpu: '512', memory: '1024'}
  },
  'never-healthy': {tag: 'v1.5.0-never-healthy', program: listening('503 Service Unavailable')}
}

/** How long the service of the local AWS gets to start, before anybody looks; milliseconds. */
const headStart = 10 * 60_000

const project = fileURLToPath(new URL('..', import.meta.url))
const summaryFile = join(project, '.cache', 'try', 'summary.md')

try {
  process.exitCode = await run()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}

/** @returns the exit code @throws Error for an argument that is unknown or no number */
async function run(): Promise<number> {
  // Slow enough to be watched, unless it is said otherwise.
  const {values, positionals} = parseArgs({
    options: {speed: {type: 'string', default: '30'}},
    allowPositionals: true
  })
  const speed = Number(values.speed)
  if (!(speed > 0 && speed <= 10_000)) throw new Error(`--speed ${values.speed} is no factor from 0 to 10000.`)
  const [name = ''] = positionals
  const variant = variants[name]
  if (variant === undefined) {
    const names = Object.keys(variants).filter(known => known !== '')
    throw new Error(`There is no variant ${name}: give one of ${names.join(', ')}, or none.`)
  }
  const engine = await dockerEngine()
  try {
    // The action and the engine's own children find it here.
    Object.assign(process.env, engine.env)
    return await release(variant, speed)
  } finally {
    await engine.stop()
  }
}

async function release(variant: Variant, speed: number): Promise<number> {
  const clock = new SteppedClock(Date.now() - headStart, speed)
  const {aws, way} = await openLocalAws(clock)
  const workspace = mkdtempSync(join(tmpdir(), 'ecs-release-try-'))
  const cancel = new AbortController()
  const onSignal = (): void => {
    cancel.abort()
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, onSignal)
  try {
    await seed(aws)
    aws.emulator.logs.createGroup(logGroup)
    clock.advance(clock.now() + headStart)
    clock.pace()
    const sha = makeRepository(workspace, variant, aws)
    console.log(`A local AWS runs at ${aws.emulator.url}; its time passes ${speed} times as fast as yours.\n${way}\n`)
    const step = await runStep({
      workspace,
      sha,
      ref: `refs/tags/${variant.tag}`,
      inputs: {'aws-region': aws.emulator.region, cluster: 'demo', service: 'web', ...variant.inputs},
      env: stepEnvironment(aws),
      preload: [join(project, 'emulator', 'preload.ts')],
      cancel: cancel.signal,
      onLine: line => {
        console.log(line)
      }
    })
    return await conclude(step, aws)
  } finally {
    rmSync(workspace, {recursive: true, force: true})
    await aws.emulator.close()
  }
}

/** A local AWS whose tasks are real where an engine runs them, and a sentence that tells which way it went. */
async function openLocalAws(clock: SteppedClock): Promise<{aws: LocalAws; way: string}> {
  try {
    const aws = await createLocalAws({clock, engine: engineAddress(process.env['DOCKER_HOST'])})
    return {aws, way: `The tasks are real containers of the image that is pushed. ${aws.containers?.note ?? ''}`.trim()}
  } catch (error) {
    if (!(error instanceof EngineError)) throw error
    return {aws: await createLocalAws({clock}), way: `The tasks are played: ${error.message}.`}
  }
}

function stepEnvironment({emulator}: LocalAws): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: emulator.url,
    AWS_ACCESS_KEY_ID: staticCredentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: staticCredentials.secretAccessKey,
    ECS_EMULATOR_CLOCK: `${emulator.url}/_emulator/clock`
  }
}

/** A repository with a Dockerfile, a program and a task definition. @returns the commit */
function makeRepository(directory: string, {program, definition: changes}: Variant, {emulator}: LocalAws): string {
  writeFileSync(join(directory, 'web'), staticProgram(program, process.arch), {mode: 0o755})
  writeFileSync(join(directory, 'Dockerfile'), 'FROM scratch\nCOPY web /web\nENTRYPOINT ["/web"]\n')
  const logConfiguration = {
    logDriver: 'awslogs',
    options: {'awslogs-group': logGroup, 'awslogs-region': emulator.region, 'awslogs-stream-prefix': 'web'}
  }
  const app = {name: 'app', image: '<IMAGE>', essential: true, portMappings: [{containerPort: port}], logConfiguration}
  const definition = {
    family: 'web',
    networkMode: 'awsvpc',
    requiresCompatibilities: ['FARGATE'],
    cpu: '256',
    memory: '512',
    executionRoleArn: `arn:aws:iam::${emulator.account}:role/ecsTaskExecutionRole`,
    runtimePlatform: {cpuArchitecture: process.arch === 'arm64' ? 'ARM64' : 'X86_64', operatingSystemFamily: 'LINUX'},
    containerDefinitions: [app],
    ...changes
  }
  writeFileSync(join(directory, 'task-definition.json'), `${JSON.stringify(definition, undefined, 2)}\n`)
  const git = (...args: string[]): string => execFileSync('git', args, {cwd: directory, encoding: 'utf8'}).trim()
  git('init', '--quiet')
  git('add', '.')
  git('-c', 'user.name=Mona', '-c', 'user.email=mona@example.org', 'commit', '--quiet', '--message=Say hello')
  return git('rev-parse', 'HEAD')
}

/** Shows where the summary is and, after a success, proves it. @returns the exit code */
async function conclude({exitCode, summary, outputs}: StepResult, aws: LocalAws): Promise<number> {
  mkdirSync(join(summaryFile, '..'), {recursive: true})
  writeFileSync(summaryFile, summary)
  console.log(
    `\nThe step ended with exit code ${exitCode ?? 'none'}. Its job summary is in ${relative('.', summaryFile)}.`
  )
  if (exitCode !== 0 || outputs['status'] === 'planned') return exitCode ?? 1

  const {image = '', 'image-digest': digest = '', 'deployment-id': id = ''} = outputs
  const inRegistry = aws.ecr.images.resolve(image.replace(/@.*/, ''))?.digest === digest
  const primary = await primaryDeployment(aws)
  console.log(`The registry ${inRegistry ? 'has' : 'does NOT have'} ${image}.`)
  console.log(
    `The service's primary deployment is ${primary}, ${primary === id ? 'that' : 'NOT that'} of this release.`
  )
  return inRegistry && primary === id && (await runsDigest(aws, digest)) ? 0 : 1
}

/** Has the engine say what runs: as many containers as the service has tasks, of the image that was pushed. */
async function runsDigest({containers}: LocalAws, digest: string): Promise<boolean> {
  if (containers === undefined) return true
  const running = await containers.running()
  const others = running.filter(({repoDigests}) => !repoDigests.some(each => each.endsWith(`@${digest}`)))
  if (running.length === 2 && others.length === 0) {
    console.log(`${running.length} containers run ${digest}, the digest that was pushed.`)
    return true
  }
  console.log(`${running.length} containers run, ${others.length} of them NOT ${digest}, the digest that was pushed.`)
  return false
}

async function primaryDeployment({emulator}: LocalAws): Promise<string> {
  const client = new ECSClient({endpoint: emulator.url, region: emulator.region, credentials: staticCredentials})
  const {services = []} = await client.send(new DescribeServicesCommand({cluster: 'demo', services: ['web']}))
  client.destroy()
  return services[0]?.deployments?.find(({status}) => status === 'PRIMARY')?.id ?? 'none'
}
