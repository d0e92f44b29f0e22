/**
 * `npm run try`: releases a small repository to a local AWS with the bundle, as a runner would, and shows what a user would
 * see. `npm run try -- crash` and the other variants show a release that fails. Ends with the step's exit code.
 */
import {execFileSync} from 'node:child_process'
import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join, relative} from 'node:path'
import {fileURLToPath} from 'node:url'
import {DescribeServicesCommand, ECSClient} from '@aws-sdk/client-ecs'
import {SteppedClock} from '../emulator/clock.ts'
import {createLocalAws, type LocalAws} from '../emulator/local-aws.ts'
import {runStep, type StepResult} from '../emulator/runner.ts'
import {seed} from '../emulator/seed.ts'
import {staticCredentials} from '../emulator/server.ts'
import {dockerEngine} from './docker-engine.ts'
import {staticProgram} from './static-program.ts'

/** How the tag of the release is called, which tells the local AWS how its tasks behave, and what the step is told. */
interface Variant {
  readonly tag: string
  readonly service?: string
}

const variants: Readonly<Record<string, Variant>> = {
  '': {tag: 'v1.4.0'},
  crash: {tag: 'v1.5.0-crash'},
  'bad-image': {tag: 'v1.5.0-bad-image'},
  'wrong-service': {tag: 'v1.5.0', service: 'wbe'},
  'never-healthy': {tag: 'v1.5.0-never-healthy'}
}

/** So many times as fast as real time. */
const speed = 30
/** How long the service of the local AWS gets to start, before anybody looks; milliseconds. */
const headStart = 10 * 60_000

const project = fileURLToPath(new URL('..', import.meta.url))
const summaryFile = join(project, '.cache', 'try', 'summary.md')

try {
  process.exitCode = await run(process.argv[2] ?? '')
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}

async function run(name: string): Promise<number> {
  const variant = variants[name]
  if (variant === undefined) {
    const names = Object.keys(variants).filter(known => known !== '')
    throw new Error(`There is no variant ${name}: give one of ${names.join(', ')}, or none.`)
  }
  const engine = await dockerEngine()
  try {
    // The action and the engine's own children find it here.
    Object.assign(process.env, engine.env)
    return await release(variant)
  } finally {
    await engine.stop()
  }
}

async function release(variant: Variant): Promise<number> {
  const clock = new SteppedClock(Date.now() - headStart)
  const aws = await createLocalAws({clock})
  const workspace = mkdtempSync(join(tmpdir(), 'ecs-release-try-'))
  const cancel = new AbortController()
  const onSignal = (): void => {
    cancel.abort()
  }
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal)
  try {
    await seed(aws)
    clock.advance(clock.now() + headStart)
    const sha = makeRepository(workspace, aws)
    console.log(`A local AWS runs at ${aws.emulator.url}; its time passes ${speed} times as fast as yours.\n`)
    const step = await runStep({
      workspace,
      sha,
      ref: `refs/tags/${variant.tag}`,
      inputs: {'aws-region': aws.emulator.region, cluster: 'demo', service: variant.service ?? 'web'},
      env: stepEnvironment(aws),
      preload: [join(project, 'emulator', 'preload.ts')],
      cancel: cancel.signal,
      onLine: line => {
        console.log(line)
      }
    })
    return await conclude(step, aws)
  } finally {
    await aws.emulator.close()
    rmSync(workspace, {recursive: true, force: true})
  }
}

function stepEnvironment({emulator}: LocalAws): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: emulator.url,
    AWS_ACCESS_KEY_ID: staticCredentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: staticCredentials.secretAccessKey,
    ECS_EMULATOR_CLOCK: `${emulator.url}/_emulator/clock`,
    ECS_EMULATOR_SPEED: String(speed)
  }
}

/** A repository with a Dockerfile, a program and a task definition. @returns the commit */
function makeRepository(directory: string, {emulator}: LocalAws): string {
  const program = staticProgram({prints: 'Hello from ecs-release\n'}, process.arch)
  writeFileSync(join(directory, 'hello'), program, {mode: 0o755})
  writeFileSync(join(directory, 'Dockerfile'), 'FROM scratch\nCOPY hello /hello\nENTRYPOINT ["/hello"]\n')
  const definition = {
    family: 'web',
    networkMode: 'awsvpc',
    requiresCompatibilities: ['FARGATE'],
    cpu: '256',
    memory: '512',
    executionRoleArn: `arn:aws:iam::${emulator.account}:role/ecsTaskExecutionRole`,
    containerDefinitions: [{name: 'app', image: '<IMAGE>', essential: true, portMappings: [{containerPort: 8080}]}]
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
  if (exitCode !== 0) return exitCode ?? 1

  const {image = '', 'image-digest': digest = '', 'deployment-id': id = ''} = outputs
  const inRegistry = aws.ecr.images.resolve(image.replace(/@.*/, ''))?.digest === digest
  const primary = await primaryDeployment(aws)
  console.log(`The registry ${inRegistry ? 'has' : 'does NOT have'} ${image}.`)
  console.log(
    `The service's primary deployment is ${primary}, ${primary === id ? 'that' : 'NOT that'} of this release.`
  )
  return inRegistry && primary === id ? 0 : 1
}

async function primaryDeployment({emulator}: LocalAws): Promise<string> {
  const client = new ECSClient({endpoint: emulator.url, region: emulator.region, credentials: staticCredentials})
  const {services = []} = await client.send(new DescribeServicesCommand({cluster: 'demo', services: ['web']}))
  client.destroy()
  return services[0]?.deployments?.find(({status}) => status === 'PRIMARY')?.id ?? 'none'
}
