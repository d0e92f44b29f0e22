import type {EmulatorClock} from './clock.ts'
import {createIds, seededRandom} from './ids.ts'
import type {ImageStore} from './images.ts'
import type {LogStore} from './log-store.ts'
import {isRecord} from './protocol/shape.ts'
import type {AwsService, Operations} from './service.ts'
import type {TargetGroups} from './target-groups.ts'
import {Alarms, type AlarmState} from './ecs/alarms.ts'
import type {Owner} from './ecs/arns.ts'
import {behaviourRules} from './ecs/behaviour-rules.ts'
import {type BehaviourRule, Behaviours} from './ecs/behaviour.ts'
import {capacityProviderOperations, firstCapacityProviders} from './ecs/capacity-providers.ts'
import {clusterOperations, Clusters, serviceOf} from './ecs/clusters.ts'
import {addInstance, containerInstanceOperations, type InstanceSeed} from './ecs/container-instances.ts'
import type {ContainerInstance} from './ecs/model.ts'
import {Rollout, type RolloutSurroundings} from './ecs/rollout.ts'
import type {ContainerRuntime} from './ecs/runtime.ts'
import {runTaskOperations} from './ecs/run-task.ts'
import {serviceDeploymentOperations} from './ecs/service-deployments.ts'
import {serviceOperations} from './ecs/services.ts'
import {tagOperations, Tags} from './ecs/tags.ts'
import {taskDefinitionOperations, TaskDefinitions} from './ecs/task-definitions.ts'
import {StandaloneTasks} from './ecs/standalone-tasks.ts'
import {taskOperations} from './ecs/tasks.ts'
import {observedTiming, type Timing} from './ecs/timing.ts'
import {type EcsVariants, likelyVariants} from './ecs/variants.ts'

/** What ECS is made with. */
export interface EcsOptions extends Owner {
  readonly clock: EmulatorClock
  readonly targetGroups: TargetGroups
  /** The logs of the region, with those of other regions in it. */
  readonly logs: LogStore
  /** What tasks pull from; without it, only images of other registries are there. */
  readonly images?: ImageStore
  /** Runs containers for real where it can; without it, all are played. */
  readonly runtime?: ContainerRuntime | undefined
  /** Numbers from 0 up to, not including, 1, of which ids are made; by default the same ones each time. */
  readonly random?: () => number
  /** Durations that differ from those observed. */
  readonly timing?: Partial<Timing>
}

/** Amazon ECS. */
export interface Ecs {
  readonly service: AwsService
  /** What it does where AWS is not known, or not always seen alike; may be changed at any time. */
  readonly variants: EcsVariants
  /** The roles in a task definition, by `family`, `family:revision` or ARN; of the region that this ECS is made with. */
  rolesOf(taskDefinition: string): readonly string[]
  /** Replaces the rules for how containers behave. @throws SyntaxError for a `tag` that is no regular expression */
  setRules(rules: readonly BehaviourRule[]): void
  /**
   * Sets a service's desired count as its auto scaling does, without UpdateService. The service is one of the region that
   * this ECS is made with. @throws AwsError without such a service
   */
  scale(cluster: string, service: string, desiredCount: number): void
  /**
   * Registers a container instance with a cluster of the region that this ECS is made with; its state may be changed later.
   * Without any, and without the variant `containerInstances`, tasks run on Fargate only. @throws AwsError without the cluster
   */
  addInstance(cluster: string, seed: InstanceSeed): ContainerInstance
  /** Sets the state of a CloudWatch alarm that deployments may be watched by. */
  setAlarm(name: string, state: AlarmState): void
  /** The same for the control API: each takes the request's JSON. @throws TypeError for what it cannot use */
  readonly control: Readonly<Record<string, (body: unknown) => unknown>>
}

/** Makes an ECS without clusters. Every region has its own resources. */
export function createEcs(options: EcsOptions): Ecs {
  const behaviours = new Behaviours()
  const variants = {...likelyVariants}
  const alarms = new Alarms()
  const parts = sharedParts(options, {behaviours, variants, alarms})
  const home = createRegion(parts, options.region)
  const setRules = (rules: readonly BehaviourRule[]): void => {
    behaviours.setRules(rules)
  }
  const scale = (cluster: string, name: string, desiredCount: number): void => {
    const service = serviceOf(home.clusters.get(cluster), name)
    service.settings = {...service.settings, desiredCount}
    home.rollout.changed(service)
  }
  return {
    service: {
      name: 'ecs',
      protocol: {
        kind: 'json',
        targetPrefix: 'AmazonEC2ContainerServiceV20141113',
        contentType: 'application/x-amz-json-1.1'
      },
      operations: inEachRegion(options.region, home.operations, region => createRegion(parts, region).operations)
    },
    variants,
    rolesOf: taskDefinition => {
      const {taskRoleArn, executionRoleArn} = home.definitions.find(taskDefinition) ?? {}
      return [taskRoleArn, executionRoleArn].filter(role => role !== undefined)
    },
    setRules,
    scale,
    addInstance: (cluster, seed) => home.addInstance(cluster, seed),
    setAlarm: (name, state) => {
      alarms.set(name, state)
    },
    control: controlOperations({setRules, scale, alarms})
  }
}

/** What all regions have in common. */
type SharedParts = Omit<RolloutSurroundings, 'owner' | 'targetGroups'> & {
  readonly account: string
  readonly targetGroups: TargetGroups
}

function sharedParts(
  options: EcsOptions,
  steered: Pick<SharedParts, 'behaviours' | 'variants' | 'alarms'>
): SharedParts {
  const {
    clock,
    account,
    targetGroups,
    logs,
    runtime,
    images = {resolve: () => undefined},
    random = seededRandom(1)
  } = options
  let tasks = 0
  return {
    clock,
    account,
    targetGroups,
    images,
    runtime,
    ...steered,
    logsOf: region => (region === options.region ? logs : logs.elsewhere(region)),
    ids: createIds(random),
    timing: {...observedTiming, ...options.timing},
    nextTask: () => tasks++
  }
}

interface Region {
  readonly clusters: Clusters
  readonly definitions: TaskDefinitions
  readonly rollout: Rollout
  readonly operations: Operations
  readonly addInstance: Ecs['addInstance']
}

function createRegion({account, ...parts}: SharedParts, region: string): Region {
  const surroundings = {...parts, owner: {account, region}}
  const tags = new Tags()
  const rollout = new Rollout(surroundings)
  const standalone = new StandaloneTasks(surroundings)
  const capacityProviders = firstCapacityProviders(surroundings.owner)
  const clusters = new Clusters(surroundings.owner, tags, capacityProviders)
  const definitions = new TaskDefinitions(surroundings, tags)
  const world = {...surroundings, clusters, definitions, tags, rollout, standalone}
  const operations = {
    ...clusterOperations(world),
    ...containerInstanceOperations(world),
    ...capacityProviderOperations(capacityProviders, surroundings.owner),
    ...taskDefinitionOperations(world),
    ...serviceOperations(world),
    ...taskOperations(world),
    ...runTaskOperations(world),
    ...serviceDeploymentOperations(world),
    ...tagOperations(tags)
  }
  return {
    clusters,
    definitions,
    rollout,
    operations,
    addInstance: (cluster, seed) => addInstance(clusters.get(cluster), seed, world)
  }
}

/** The same operations for every region, each on its own resources. */
function inEachRegion(home: string, operations: Operations, create: (region: string) => Operations): Operations {
  const regions = new Map([[home, operations]])
  const of = (region: string): Operations => {
    const existing = regions.get(region) ?? create(region)
    regions.set(region, existing)
    return existing
  }
  return Object.fromEntries(
    Object.entries(operations).map(([name, operation]) => [
      name,
      {...operation, handle: (input, call) => (of(call.region)[name] ?? operation).handle(input, call)}
    ])
  )
}

function controlOperations({
  setRules,
  scale,
  alarms
}: Pick<Ecs, 'setRules' | 'scale'> & {readonly alarms: Alarms}): Ecs['control'] {
  return {
    behaviours: body => {
      setRules(behaviourRules(isRecord(body) ? body['rules'] : body))
    },
    scale: body => {
      const {cluster, service, desiredCount} = isRecord(body) ? body : {}
      if (typeof cluster !== 'string' || typeof service !== 'string' || !isCount(desiredCount)) {
        throw new TypeError('scale takes a cluster, a service and a desiredCount from 0.')
      }
      scale(cluster, service, desiredCount)
    },
    alarm: body => {
      const {name, state} = isRecord(body) ? body : {}
      if (typeof name !== 'string' || (state !== 'OK' && state !== 'ALARM')) {
        throw new TypeError('alarm takes a name and a state, OK or ALARM.')
      }
      alarms.set(name, state)
    }
  }
}

function isCount(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 0
}
