import {CloudWatchLogsClient} from '@aws-sdk/client-cloudwatch-logs'
import {
  type ContainerDefinition,
  CreateClusterCommand,
  CreateServiceCommand,
  type CreateServiceRequest,
  DescribeServicesCommand,
  ECSClient,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
  type RegisterTaskDefinitionRequest,
  UpdateServiceCommand
} from '@aws-sdk/client-ecs'
import {ElasticLoadBalancingV2Client} from '@aws-sdk/client-elastic-load-balancing-v2'
import {SteppedClock} from '../../emulator/clock.ts'
import {createEcs, type Ecs} from '../../emulator/ecs.ts'
import type {Behaviour} from '../../emulator/ecs/behaviour.ts'
import {createEmulator, type Emulator, staticCredentials} from '../../emulator/server.ts'
import type {TargetGroupSettings} from '../../emulator/target-groups.ts'
import {lastPart} from '../../src/aws/arn.ts'
import {rememberDenials} from '../../src/aws/reading.ts'
import {
  describeTaskFailure,
  type Explanation,
  failuresOf,
  isSameFailure,
  type ServiceEventLike
} from '../../src/why/index.ts'
import type {World} from '../../src/world.ts'

/** Where the containers of the tests log to. */
export const LOGS = {
  logDriver: 'awslogs',
  options: {'awslogs-group': '/ecs/web', 'awslogs-region': 'eu-central-1', 'awslogs-stream-prefix': 'ecs'}
} as const

/** A local AWS with a service, and somebody who looks every two seconds why its tasks fail. */
export class Stage {
  readonly emulator: Emulator
  readonly ecs: ECSClient
  readonly cancel = new AbortController()
  /** What was told of the step's log. */
  readonly lines: string[] = []
  readonly emulated: Ecs
  readonly #clock: SteppedClock
  readonly #config: {endpoint: string; region: string; credentials: typeof staticCredentials; maxAttempts: number}
  #loadBalancers: CreateServiceRequest['loadBalancers']

  private constructor(emulator: Emulator, emulated: Ecs, clock: SteppedClock) {
    this.emulator = emulator
    this.emulated = emulated
    this.#clock = clock
    this.#config = {
      endpoint: emulator.url,
      region: emulator.region,
      credentials: staticCredentials,
      maxAttempts: 1
    }
    this.ecs = new ECSClient(this.#config)
  }

  static async open(): Promise<Stage> {
    const clock = new SteppedClock(Date.UTC(2026, 10, 2, 9))
    const emulator = await createEmulator({clock})
    const emulated = createEcs(emulator)
    emulated.variants.containerInstances = 1
    emulator.add(emulated.service)
    emulator.logs.createGroup('/ecs/web')
    const stage = new Stage(emulator, emulated, clock)
    await stage.ecs.send(new CreateClusterCommand({clusterName: 'prod'}))
    return stage
  }

  async close(): Promise<void> {
    this.ecs.destroy()
    await this.emulator.close()
  }

  /** How tasks of the new revision behave. */
  behave(behaviour: Behaviour, container?: string): void {
    this.emulated.setRules([{match: {revision: 2, ...(container !== undefined && {container})}, behaviour}])
  }

  targetGroup(settings: Partial<TargetGroupSettings> = {}): void {
    const {arn} = this.emulator.targetGroups.create({
      name: 'web',
      // Most tasks here have no network interfaces of their own.
      targetType: 'instance',
      port: 8080,
      healthCheckPath: '/health',
      healthCheckIntervalSeconds: 10,
      deregistrationDelaySeconds: 30,
      ...settings
    })
    this.#loadBalancers = [{targetGroupArn: arn, containerName: 'app', containerPort: 8080}]
  }

  /** A service whose tasks run, and a deployment of a second revision of it. */
  async release(container: Partial<ContainerDefinition> = {}, more: More = {}): Promise<Watch> {
    const {definition = {}, service = {}, others = [], showLogs = true} = more
    const ports = this.#loadBalancers === undefined ? {} : {portMappings: [{containerPort: 8080}]}
    const good = [{name: 'app', image: 'example.org/app:ok', memory: 128, ...ports}]
    const first = await this.#register({containerDefinitions: good, ...definition})
    await this.ecs.send(
      new CreateServiceCommand({
        cluster: 'prod',
        serviceName: 'web',
        taskDefinition: first,
        desiredCount: 2,
        ...(this.#loadBalancers && {loadBalancers: this.#loadBalancers}),
        ...service
      })
    )
    this.#clock.advance(this.#clock.now() + 600_000)
    const app = {...good[0], logConfiguration: LOGS, ...container}
    const second = await this.#register({containerDefinitions: [app, ...others], ...definition})
    const answer = await this.ecs.send(
      new UpdateServiceCommand({cluster: 'prod', service: 'web', taskDefinition: second})
    )
    const {serviceArn = '', clusterArn = '', deployments = []} = answer.service ?? {}
    const sources = {
      ecs: this.ecs,
      logs: showLogs ? (region: string) => new CloudWatchLogsClient({...this.#config, region}) : undefined,
      elb: new ElasticLoadBalancingV2Client(this.#config),
      ifAllowed: rememberDenials(this.#log())
    }
    const deployment = {
      service: {name: 'web', arn: serviceArn, clusterArn},
      deploymentId: deployments[0]?.id ?? '',
      taskDefinitionArn: second
    }
    const world = {clock: this.#worldClock(), log: this.#log()}
    return new Watch(this, failuresOf(deployment, sources, world), this.#clock)
  }

  /** Ids of the tasks that have stopped. */
  async stoppedTasks(): Promise<string[]> {
    const answer = await this.ecs.send(new ListTasksCommand({cluster: 'prod', desiredStatus: 'STOPPED'}))
    return (answer.taskArns ?? []).map(lastPart)
  }

  async #register(request: Omit<RegisterTaskDefinitionRequest, 'family'>): Promise<string> {
    const answer = await this.ecs.send(new RegisterTaskDefinitionCommand({family: 'web', ...request}))
    return answer.taskDefinition?.taskDefinitionArn ?? ''
  }

  #worldClock(): World['clock'] {
    return {
      now: () => new Date(this.#clock.now()),
      sleep: (milliseconds, signal) => {
        this.#clock.advance(this.#clock.now() + milliseconds)
        signal?.throwIfAborted()
        return Promise.resolve()
      }
    }
  }

  #log(): World['log'] {
    const say = (text: string): void => {
      this.lines.push(text)
    }
    return {
      info: say,
      warning: say,
      debug: () => undefined,
      hide: () => undefined,
      failure: ({message}) => {
        say(message)
      },
      group: (_, work) => work()
    }
  }
}

interface More {
  readonly definition?: Partial<RegisterTaskDefinitionRequest>
  readonly service?: Partial<CreateServiceRequest>
  readonly showLogs?: boolean
  /** Further containers. */
  readonly others?: ContainerDefinition[]
}

/** The looks at one deployment. */
export class Watch {
  readonly #stage: Stage
  readonly #look: ReturnType<typeof failuresOf>
  readonly #clock: SteppedClock
  readonly #since: number
  /** When each failure was first told, in seconds since the start, in lines. */
  readonly told: {readonly at: number; readonly lines: readonly string[]}[] = []
  #known: Explanation['failures'] = []

  constructor(stage: Stage, look: ReturnType<typeof failuresOf>, clock: SteppedClock) {
    this.#stage = stage
    this.#look = look
    this.#clock = clock
    this.#since = clock.now()
  }

  get seconds(): number {
    return (this.#clock.now() - this.#since) / 1000
  }

  /** Looks every two seconds for so long. */
  async for(seconds: number): Promise<Explanation> {
    const until = this.seconds + seconds
    let explanation = await this.once()
    while (this.seconds < until) {
      this.#clock.advance(this.#clock.now() + 2000)
      explanation = await this.once()
    }
    return explanation
  }

  async once(last = false): Promise<Explanation> {
    const explanation = await this.#look(this.#stage.cancel.signal, await this.#events(), last)
    for (const failure of explanation.failures) {
      if (this.#known.some(known => isSameFailure(known, failure))) continue
      this.told.push({at: this.seconds, lines: describeTaskFailure(failure).map(withoutIds)})
    }
    this.#known = explanation.failures
    return explanation
  }

  async #events(): Promise<ServiceEventLike[]> {
    const answer = await this.#stage.ecs.send(new DescribeServicesCommand({cluster: 'prod', services: ['web']}))
    return (answer.services?.[0]?.events ?? [])
      .map(({createdAt = new Date(0), message = ''}) => ({at: createdAt, message}))
      .filter(({at}) => at.getTime() >= this.#since)
      .reverse()
  }
}

function withoutIds(line: string): string {
  return line.replace(/\b[0-9a-f]{32}\b/g, '…')
}
