import {parseArgs} from 'node:util'
import {DeploymentStrategy} from '@aws-sdk/client-ecs'
import {ScaledClock} from './clock.ts'
import {engineAddress} from './containers/engine.ts'
import {createLocalAws, type LocalAws} from './local-aws.ts'
import {seed} from './seed.ts'
import {staticCredentials} from './server.ts'

const usage = `Usage: npm run emulator -- [--port NUMBER] [--speed FACTOR] [--strategy NAME] [--containers]

  --port        the port on 127.0.0.1; any free one by default
  --speed       how many times faster than real time; 1 by default
  --strategy    how the service is deployed: ROLLING by default, BLUE_GREEN, LINEAR or CANARY
  --containers  runs the tasks whose image is pushed in the Docker engine of this machine (DOCKER_HOST)
`

interface Options {
  readonly port: number
  readonly speed: number
  readonly strategy: DeploymentStrategy
  /** Whether tasks run in Docker where they can. */
  readonly containers: boolean
}

/** How long the seeded service gets to start, before anybody looks; milliseconds. */
const headStart = 10 * 60_000

/** @throws Error for an option that is unknown or no number */
function readOptions(): Options {
  const {values} = parseArgs({
    options: {
      port: {type: 'string', default: '0'},
      speed: {type: 'string', default: '1'},
      strategy: {type: 'string', default: 'ROLLING'},
      containers: {type: 'boolean', default: false}
    }
  })
  const port = Number(values.port)
  const speed = Number(values.speed)
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error(`--port ${values.port} is no port.`)
  if (!(speed > 0 && speed <= 10_000)) throw new Error(`--speed ${values.speed} is no factor from 0 to 10000.`)
  const strategy = Object.values(DeploymentStrategy).find(each => each === values.strategy)
  if (strategy === undefined) throw new Error(`--strategy ${values.strategy} is none of ECS.`)
  return {port, speed, strategy, containers: values.containers}
}

async function run({port, speed, strategy, containers}: Options): Promise<void> {
  const clock = new ScaledClock(speed, Date.now() - headStart)
  const engine = containers ? {engine: engineAddress(process.env['DOCKER_HOST'])} : {}
  const local = await createLocalAws({clock, ...engine}, port)
  const {emulator} = local
  await seed(local, strategy)
  clock.skip(headStart)
  endWithSignals(emulator)
  process.stdout.write(
    `A local AWS runs at ${emulator.url}, ${speed === 1 ? 'in real time' : `${speed} times as fast as real time`}.\n` +
      'It has the service web in the cluster demo and the ECR repository web. Ctrl-C ends it.\n' +
      `${tasksAre(local)}\n\nFor other clients:\n\n` +
      `${exports(emulator.url, emulator.region)}\n`
  )
}

/** Closes it when it is told to end; a second signal does not stop that half-way. */
function endWithSignals(emulator: LocalAws['emulator']): void {
  let closed: Promise<void> | undefined
  const end = (): void => {
    closed ??= emulator.close().catch((error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
      process.exitCode = 1
    })
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, end)
}

function tasksAre({containers}: LocalAws): string {
  if (containers === undefined)
    return 'The tasks are played; with --containers, those whose image is pushed run in Docker.'
  return `The tasks are real containers if their image is pushed. ${containers.note ?? ''}`.trim()
}

function exports(url: string, region: string): string {
  const variables = {
    AWS_ENDPOINT_URL: url,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: staticCredentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: staticCredentials.secretAccessKey
  }
  return Object.entries(variables)
    .map(([name, value]) => `export ${name}=${value}\n`)
    .join('')
}

try {
  await run(readOptions())
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`)
  process.exitCode = 2
}
