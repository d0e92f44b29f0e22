import * as ecs from '@aws-sdk/client-ecs'
import {mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {SteppedClock} from '../../emulator/clock.ts'
import type {JournalEntry} from '../../emulator/journal.ts'
import {createLocalAws, type LocalAws} from '../../emulator/local-aws.ts'
import {runStep, type StepOptions, type StepResult} from '../../emulator/runner.ts'
import {seed} from '../../emulator/seed.ts'
import {staticCredentials} from '../../emulator/server.ts'
import {staticProgram} from '../../emulator/static-program.ts'
import type {Mistake} from './mistake.ts'

const project = fileURLToPath(new URL('../..', import.meta.url))
const preload = join(project, 'emulator', 'preload.ts')
const cluster = 'demo'
/** How long services get to start, before anybody looks; seconds. */
const headStart = 600

/** A local AWS with the service `web`, and a repository whose image takes its time to build. */
export class Stage implements AsyncDisposable {
  readonly aws: LocalAws
  readonly client: ecs.ECSClient
  readonly #clock: SteppedClock
  readonly #workspace: string
  /** Requests up to here were made by the set-up. */
  #before = 0

  private constructor(aws: LocalAws, clock: SteppedClock, workspace: string) {
    const {url: endpoint, region} = aws.emulator
    this.aws = aws
    this.client = new ecs.ECSClient({endpoint, region, credentials: staticCredentials})
    this.#clock = clock
    this.#workspace = workspace
  }

  /** @param buildSeconds how long the build takes at least */
  static async open(mistake: Partial<Mistake>, buildSeconds: number): Promise<Stage> {
    const clock = new SteppedClock(Date.now())
    const stage = new Stage(await createLocalAws({clock}), clock, await mkdtemp(join(tmpdir(), 'mistake-')))
    try {
      await seed(stage.aws)
      stage.aws.emulator.logs.createGroup('/ecs/web')
      stage.aws.emulator.secrets.create({name: 'web-database', suffix: 'AbCdEf'})
      stage.pass()
      await mistake.prepare?.(stage)
      await stage.#writeRepository(mistake, buildSeconds)
      stage.#before = stage.aws.emulator.journal.entries().length
      return stage
    } catch (error) {
      await stage[Symbol.asyncDispose]()
      throw error
    }
  }

  async #writeRepository({task = {}, app = {}, text}: Partial<Mistake>, buildSeconds: number): Promise<void> {
    const write = (name: string, content: string | Uint8Array, mode = 0o644): Promise<void> =>
      writeFile(join(this.#workspace, name), content, {mode})
    await write('wait', staticProgram({prints: '', waits: buildSeconds, exitCode: 0}, process.arch), 0o755)
    await write('Dockerfile', 'FROM scratch\nCOPY wait /wait\nRUN ["/wait"]\n')
    const definition = {...definitionOf(this.aws, app), ...task}
    await write('task-definition.json', text ?? `${JSON.stringify(definition, undefined, 2)}\n`)
  }

  /** Lets ten minutes pass, in which services become steady. */
  pass(): void {
    this.#clock.advance(this.#clock.now() + headStart * 1000)
  }

  /** Changes the service `web`, which then deploys if that makes it. */
  async update(settings: Partial<ecs.UpdateServiceCommandInput>): Promise<void> {
    await this.client.send(new ecs.UpdateServiceCommand({cluster, service: 'web', ...settings}))
  }

  /** Creates the service `worker`, on container instances, with a definition of its own. */
  async createWorker(settings: Partial<ecs.CreateServiceCommandInput> = {}): Promise<void> {
    this.aws.ecs.variants.containerInstances = 2
    const image = `${new URL(this.aws.emulator.url).host}/web:v1`
    const definition = {family: 'worker', containerDefinitions: [{name: 'app', image, memory: 256}]}
    await this.client.send(new ecs.RegisterTaskDefinitionCommand(definition))
    const service = {cluster, serviceName: 'worker', taskDefinition: 'worker', desiredCount: 1, ...settings}
    await this.client.send(new ecs.CreateServiceCommand(service))
    this.pass()
  }

  /** Requests since the set-up. */
  requests(): readonly JournalEntry[] {
    return this.aws.emulator.journal.entries(this.#before)
  }

  /**
   * Runs the step as a runner does, on the clock of the local AWS.
   * @param inputs in which `HOST` stands for the registry's host
   */
  async release(
    inputs: Mistake['inputs'] = {},
    {env, onLine}: Pick<StepOptions, 'env' | 'onLine'> = {}
  ): Promise<StepResult> {
    const {url, region} = this.aws.emulator
    const {accessKeyId, secretAccessKey} = staticCredentials
    const given = Object.entries(inputs).map(
      ([name, value]) => [name, value.replace('HOST', new URL(url).host)] as const
    )
    return runStep({
      workspace: this.#workspace,
      preload: [preload],
      // Private engines have no network for builds.
      inputs: {'aws-region': region, cluster, service: 'web', network: 'none', ...Object.fromEntries(given)},
      env: {
        AWS_ENDPOINT_URL: url,
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
        AWS_EC2_METADATA_DISABLED: 'true',
        ECS_EMULATOR_CLOCK: `${url}/_emulator/clock`,
        ...env
      },
      ...(onLine && {onLine})
    })
  }

  /** @throws Error if the emulator itself did something that AWS cannot do */
  async [Symbol.asyncDispose](): Promise<void> {
    this.client.destroy()
    await this.aws.emulator.close()
    await rm(this.#workspace, {recursive: true, force: true})
    const [defect] = this.aws.emulator.defects
    if (defect !== undefined) throw defect
  }
}

/** A task definition without a mistake. @param app what is different in its container */
function definitionOf({emulator: {account, region}}: LocalAws, app: object): object {
  const logging = {'awslogs-group': '/ecs/web', 'awslogs-region': region, 'awslogs-stream-prefix': 'ecs'}
  return {
    family: 'web',
    networkMode: 'awsvpc',
    requiresCompatibilities: ['FARGATE'],
    cpu: '256',
    memory: '512',
    executionRoleArn: `arn:aws:iam::${account}:role/ecsTaskExecutionRole`,
    runtimePlatform: {cpuArchitecture: process.arch === 'arm64' ? 'ARM64' : 'X86_64', operatingSystemFamily: 'LINUX'},
    containerDefinitions: [
      {
        name: 'app',
        image: '<IMAGE>',
        essential: true,
        portMappings: [{containerPort: 8080}],
        logConfiguration: {logDriver: 'awslogs', options: logging},
        ...app
      }
    ]
  }
}
