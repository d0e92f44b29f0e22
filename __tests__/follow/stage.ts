import {createHash} from 'node:crypto'
import {CloudWatchLogsClient} from '@aws-sdk/client-cloudwatch-logs'
import {
  type ContainerDefinition,
  ContinueServiceDeploymentCommand,
  CreateClusterCommand,
  CreateServiceCommand,
  DescribeServicesCommand,
  type CreateServiceRequest,
  type DeploymentConfiguration,
  type DeploymentLifecycleHookAction,
  DescribeServiceDeploymentsCommand,
  ECSClient,
  ListServiceDeploymentsCommand,
  RegisterTaskDefinitionCommand,
  type RegisterTaskDefinitionRequest,
  type Service,
  UpdateServiceCommand,
  type UpdateServiceRequest
} from '@aws-sdk/client-ecs'
import {ElasticLoadBalancingV2Client} from '@aws-sdk/client-elastic-load-balancing-v2'
import {createBlueGreenLoadBalancer} from '../../emulator/blue-green-load-balancer.ts'
import {SteppedClock} from '../../emulator/clock.ts'
import {createEcs, type Ecs} from '../../emulator/ecs.ts'
import type {HookAnswer} from '../../emulator/ecs/hook-behaviour.ts'
import {createEmulator, type Emulator, staticCredentials} from '../../emulator/server.ts'
import type {TargetGroupSettings} from '../../emulator/target-groups.ts'
import type {Aws} from '../../src/aws/clients.ts'
import {agents} from '../../src/aws/http.ts'
import {follow, type Followed, type FollowWishes} from '../../src/follow/follow.ts'
import {narrate} from '../../src/follow/narrate.ts'
import {rolloutOf} from '../../src/follow/rollout.ts'
import {digestIn} from '../../src/follow/proof.ts'
import type {StartedDeployment} from '../../src/follow/started.ts'
import type {World} from '../../src/world.ts'

/** Rolls back when three tasks have failed. */
export const withRollback: DeploymentConfiguration = {deploymentCircuitBreaker: {enable: true, rollback: true}}
export const withoutRollback: DeploymentConfiguration = {deploymentCircuitBreaker: {enable: true, rollback: false}}

/** The image whose tasks behave as the tag says. */
export function imageOf(tag: string): string {
  return `example.org/web:${tag}@sha256:${createHash('sha256').update(tag).digest('hex')}`
}

/** A local AWS with a cluster, and a follower whose sleeps are the steps of its clock. */
export class Stage {
  readonly emulator: Emulator
  readonly ecs: ECSClient
  /** The digest that a task finds for a reference, where it is another one than the reference has. */
  readonly images: Map<string, string>
  readonly cancel = new AbortController()
  /** How far the clock of the follower's machine is ahead of ECS's, in seconds. */
  aheadSeconds = 0
  /** The step's log. */
  readonly lines: string[] = []
  readonly #clock: SteppedClock
  readonly #config: {endpoint: string; region: string; credentials: typeof staticCredentials; maxAttempts: number}
  readonly #emulatedEcs: Ecs
  /** What each service was told to run last. */
  readonly #services = new Map<string, Service>()
  /** What definitions have besides. */
  #definition: Partial<RegisterTaskDefinitionRequest> = {}
  #container: Partial<ContainerDefinition> = {}
  #later: {readonly at: number; readonly act: () => unknown}[] = []

  private constructor(emulator: Emulator, emulatedEcs: Ecs, clock: SteppedClock, images: Map<string, string>) {
    this.images = images
    this.#emulatedEcs = emulatedEcs
    this.emulator = emulator
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
    const images = new Map<string, string>()
    const ecs = createEcs({
      account: emulator.account,
      region: emulator.region,
      clock,
      targetGroups: emulator.targetGroups,
      logs: emulator.logs,
      images: {
        resolve: reference => ({digest: images.get(reference) ?? digestIn(reference) ?? '', platforms: ['linux/amd64']})
      }
    })
    ecs.variants.containerInstances = 1
    emulator.add(ecs.service)
    const stage = new Stage(emulator, ecs, clock, images)
    await stage.ecs.send(new CreateClusterCommand({clusterName: 'prod'}))
    return stage
  }

  /** From now on tasks of any image crash. */
  breaks(): void {
    this.#emulatedEcs.setRules([{match: {}, behaviour: {exit: {code: 1, afterSeconds: 5}}}])
  }

  async close(): Promise<void> {
    this.ecs.destroy()
    await this.emulator.close()
  }

  /** A service that has run `web:ok` for a while. */
  async service(deploymentConfiguration: DeploymentConfiguration = {}, more: Partial<CreateServiceRequest> = {}) {
    const serviceName = more.serviceName ?? 'web'
    const taskDefinition = await this.register('ok', serviceName)
    const answer = await this.ecs.send(
      new CreateServiceCommand({
        cluster: 'prod',
        serviceName,
        taskDefinition,
        desiredCount: 2,
        deploymentConfiguration,
        ...more
      })
    )
    this.#services.set(serviceName, answer.service ?? {})
    this.#clock.advance(this.#clock.now() + 600_000)
  }

  /**
   * From now on tasks are behind a load balancer.
   * @returns what the service is to be made with
   */
  balanced(settings: Partial<TargetGroupSettings> = {}): Partial<CreateServiceRequest> {
    const {arn} = this.emulator.targetGroups.create({
      name: 'web',
      healthCheckIntervalSeconds: 10,
      healthyThresholdCount: 3,
      deregistrationDelaySeconds: 60,
      ...settings
    })
    this.#container = {portMappings: [{containerPort: 8080}]}
    this.#definition = {networkMode: 'awsvpc'}
    return {
      loadBalancers: [{targetGroupArn: arn, containerName: 'web', containerPort: 8080}],
      networkConfiguration: {awsvpcConfiguration: {subnets: ['subnet-0123456789abcdef0']}}
    }
  }

  /** A service that has run `web:ok` for some hours, and whose deployments shift traffic. */
  async shifting(configuration: DeploymentConfiguration): Promise<void> {
    const {lifecycleHooks, ...first} = {bakeTimeInMinutes: 0, ...configuration}
    this.#container = {portMappings: [{containerPort: 8080}]}
    this.#definition = {networkMode: 'awsvpc'}
    const {loadBalancers} = createBlueGreenLoadBalancer(this.emulator.targetGroups, 'web', {
      containerName: 'web',
      containerPort: 8080,
      healthCheckIntervalSeconds: 10,
      deregistrationDelaySeconds: 30
    })
    const networkConfiguration = {awsvpcConfiguration: {subnets: ['subnet-0123456789abcdef0']}}
    await this.service(first, {loadBalancers, networkConfiguration})
    this.#clock.advance(this.#clock.now() + 3 * 3_600_000)
    const change = {cluster: 'prod', service: 'web', deploymentConfiguration: {lifecycleHooks}}
    if (lifecycleHooks !== undefined) await this.ecs.send(new UpdateServiceCommand(change))
  }

  /** What the functions of hooks answer from now on. */
  hooks(answer: HookAnswer): void {
    this.#emulatedEcs.setHooks([{match: {}, answer}])
  }

  /** From now on hooks are shown after their stage, too. */
  keepsHooks(): void {
    this.#emulatedEcs.variants.hooksShown = 'all'
  }

  /** Says how the deployment goes on that is paused, if it is. */
  async answer(action: DeploymentLifecycleHookAction): Promise<void> {
    const serviceDeploymentArn = await this.serviceDeployment()
    const {serviceDeployments: [paused] = []} = await this.ecs.send(
      new DescribeServiceDeploymentsCommand({serviceDeploymentArns: [serviceDeploymentArn]})
    )
    const hookId = paused?.lifecycleHookDetails?.find(({status}) => status === 'AWAITING_ACTION')?.hookId
    await this.ecs.send(new ContinueServiceDeploymentCommand({serviceDeploymentArn, hookId, action}))
  }

  /** From now on tasks have a health check of their own. */
  checked(): void {
    this.#container = {healthCheck: {command: ['CMD', 'true']}}
  }

  /** From now on tasks write a log. */
  logged(): void {
    this.emulator.logs.createGroup('/ecs/web')
    const options = {
      'awslogs-group': '/ecs/web',
      'awslogs-region': this.emulator.region,
      'awslogs-stream-prefix': 'ecs'
    }
    this.#container = {logConfiguration: {logDriver: 'awslogs', options}}
  }

  /** Sets the state of a CloudWatch alarm. */
  alarm(name: string, state: 'OK' | 'ALARM'): void {
    this.#emulatedEcs.setAlarm(name, state)
  }

  /** @param tag how its tasks behave, see the emulator */
  async register(tag: string, family = 'web', more: Partial<RegisterTaskDefinitionRequest> = {}): Promise<string> {
    const answer = await this.ecs.send(
      new RegisterTaskDefinitionCommand({
        family,
        ...this.#definition,
        ...more,
        containerDefinitions: [{name: 'web', image: imageOf(tag), memory: 128, essential: true, ...this.#container}]
      })
    )
    return answer.taskDefinition?.taskDefinitionArn ?? ''
  }

  /** Looks at `web` as the follower does; later answers can be as old as this one. */
  async look(): Promise<void> {
    const {serviceArn = '', clusterArn} = this.#services.get('web') ?? {}
    await this.ecs.send(new DescribeServicesCommand({cluster: clusterArn, services: [serviceArn]}))
  }

  /** Starts a deployment as the release does. */
  async release(tag: string, more: Partial<UpdateServiceRequest> = {}): Promise<StartedDeployment> {
    const service = more.service ?? 'web'
    const taskDefinition = more.taskDefinition ?? (await this.register(tag, service))
    const before = this.#services.get(service)
    const answer = await this.ecs.send(new UpdateServiceCommand({cluster: 'prod', service, ...more, taskDefinition}))
    const joined = before?.taskDefinition === answer.service?.taskDefinition && more.forceNewDeployment !== true
    this.#services.set(service, answer.service ?? {})
    const {serviceArn = '', clusterArn = '', deployments = [], desiredCount = 0} = answer.service ?? {}
    const [primary, previous] = deployments
    return {
      service: {name: service, arn: serviceArn, clusterArn},
      deploymentId: primary?.id ?? '',
      taskDefinitionArn: answer.service?.taskDefinition ?? '',
      previousTaskDefinitionArn: previous?.taskDefinition,
      startedAt: primary?.createdAt ?? new Date(0),
      desiredCount,
      joined,
      scaledTo: joined && more.desiredCount !== before?.desiredCount ? more.desiredCount : undefined,
      image: {reference: imageOf(tag || 'ok'), containers: ['web']},
      rollout: rolloutOf(answer.service ?? {})
    }
  }

  /** ARN of the newest service deployment of `web`, some seconds from now, when ECS lists it. */
  async serviceDeployment(): Promise<string> {
    this.#clock.advance(this.#clock.now() + 5_000)
    const answer = await this.ecs.send(new ListServiceDeploymentsCommand({cluster: 'prod', service: 'web'}))
    return answer.serviceDeployments?.[0]?.serviceDeploymentArn ?? ''
  }

  /** Does something while the deployment is followed, so many seconds from now. */
  later(seconds: number, act: () => unknown): void {
    this.#later.push({at: this.#clock.now() + seconds * 1000, act})
  }

  async follow(
    started: readonly StartedDeployment[],
    wishes: Partial<FollowWishes> | number = {}
  ): Promise<Followed[]> {
    const wanted = typeof wishes === 'number' ? {waitForMinutes: wishes} : wishes
    const aws: Aws = {
      region: this.emulator.region,
      caller: undefined,
      ecs: this.ecs,
      ecsOnce: this.ecs,
      ecr: () => {
        throw new Error('Following needs no ECR')
      },
      logs: region => new CloudWatchLogsClient({...this.#config, region}),
      elb: new ElasticLoadBalancingV2Client(this.#config),
      codeDeploy: () => Promise.reject(new Error('There is no CodeDeploy')),
      codeDeployOnce: () => Promise.reject(new Error('There is no CodeDeploy')),
      secretsManager: () => Promise.reject(new Error('Following needs no secrets')),
      ssm: () => Promise.reject(new Error('Following needs no secrets')),
      agents: agents({})
    }
    const all = {
      waitForMinutes: undefined,
      waitFor: 'deployed',
      showLogs: true,
      digestsOf: () => Promise.resolve(undefined),
      ...wanted
    } as const
    return follow(started, all, aws, this.#world(), (change, about, at) => {
      this.lines.push(...narrate(change, about, at, started.length > 1))
    })
  }

  #world(): World {
    const say = (text: string): void => {
      this.lines.push(text)
    }
    return {
      env: {},
      clock: {
        now: () => new Date(this.#clock.now() + this.aheadSeconds * 1000),
        sleep: (milliseconds, signal) => this.#sleep(milliseconds, signal)
      },
      random: () => 0.5,
      log: {
        info: say,
        warning: say,
        debug: () => undefined,
        hide: () => undefined,
        failure: failure => {
          say(failure.message)
        },
        group: (_, work) => work()
      },
      outputs: {set: () => undefined, writeSummary: () => Promise.resolve()},
      signal: this.cancel.signal
    }
  }

  async #sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    const end = this.#clock.now() + milliseconds
    const due = this.#later.filter(({at}) => at <= end)
    this.#later = this.#later.filter(({at}) => at > end)
    for (const {at, act} of due) {
      this.#clock.advance(at)
      await act()
    }
    this.#clock.advance(end)
    signal?.throwIfAborted()
  }
}
