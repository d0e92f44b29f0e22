import type {EmulatorClock} from './clock.ts'
import {createIds, seededRandom} from './ids.ts'
import type {ImageStore} from './images.ts'
import type {LogStore} from './log-store.ts'
import {inEachRegion, perRegion} from './regions.ts'
import type {AwsService, Operations} from './service.ts'
import type {TargetGroups} from './target-groups.ts'
import {Alarms, type AlarmState} from './ecs/alarms.ts'
import type {Owner} from './ecs/arns.ts'
import {AvailabilityZones} from './ecs/availability-zones.ts'
import {type BehaviourRule, Behaviours} from './ecs/behaviour.ts'
import {capacityProviderOperations, firstCapacityProviders} from './ecs/capacity-providers.ts'
import {clusterOperations, Clusters, serviceOf} from './ecs/clusters.ts'
import {controlOperations} from './ecs/controls.ts'
import {addInstance, containerInstanceOperations, type InstanceSeed} from './ecs/container-instances.ts'
import {HookBehaviours, type HookRule} from './ecs/hook-behaviour.ts'
import type {ContainerInstance} from './ecs/model.ts'
import {type RoleFault, RoleFaults} from './ecs/role-faults.ts'
import {Rollout, type RolloutSurroundings} from './ecs/rollout.ts'
import type {ContainerRuntime} from './ecs/runtime.ts'
import {runTaskOperations} from './ecs/run-task.ts'
import {serviceDeploymentOperations} from './ecs/service-deployments.ts'
import {serviceOperations} from './ecs/services.ts'
import {tagOperations, Tags} from './ecs/tags.ts'
import {taskDefinitionOperations, TaskDefinitions} from './ecs/task-definitions.ts'
import {taskSetOperations} from './ecs/task-set-operations.ts'
import {TaskSets} from './ecs/task-sets.ts'
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

/**
 * Amazon ECS: clusters, task definitions, tasks, and services with every deployment controller and strategy. What of them is
 * not played is refused: lifecycle hooks and, without alarms, bake times of rolling deployments, and changes of a service's
 * deployment controller.
 */
export interface Ecs {
  readonly service: AwsService
  /** What it does where AWS is not known, or not always seen alike; may be changed at any time. */
  readonly variants: EcsVariants
  /** The CloudWatch alarms that deployments may be watched by. */
  readonly alarms: Alarms
  /** What CodeDeploy deploys services of a region with. */
  taskSets(region: string): TaskSets
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
  /** Replaces the rules for what the functions of lifecycle hooks answer; without one that fits, SUCCEEDED. */
  setHooks(rules: readonly HookRule[]): void
  /** Sets what is wrong with a role that ECS works with; nothing with `undefined`. */
  setRole(arn: string, fault: RoleFault | undefined): void
  /** Sets the availability zones that tasks can be placed in, by letters: at first `a`, `b` and `c`. */
  setZones(letters: readonly string[]): void
  /** The same for the control API: each takes the request's JSON. @throws TypeError for what it cannot use */
  readonly control: Readonly<Record<string, (body: unknown) => unknown>>
}

/** Makes an ECS without clusters. Every region has its own resources. */
export function createEcs(options: EcsOptions): Ecs {
  const steered = {
    behaviours: new Behaviours(),
    variants: {...likelyVariants},
    alarms: new Alarms(),
    hookBehaviours: new HookBehaviours(),
    roleFaults: new RoleFaults(),
    zones: new AvailabilityZones()
  }
  const parts = sharedParts(options, steered)
  const regionOf = perRegion(region => createRegion(parts, region))
  const home = regionOf(options.region)
  const steering: Parameters<typeof controlOperations>[0] = {
    setRules: rules => {
      steered.behaviours.setRules(rules)
    },
    setHooks: rules => {
      steered.hookBehaviours.setRules(rules)
    },
    setRole: (arn, fault) => {
      steered.roleFaults.set(arn, fault)
    },
    setAlarm: (name, state) => {
      steered.alarms.set(name, state)
    },
    setZones: letters => {
      steered.zones.use(letters)
      for (const service of home.clusters.all().flatMap(cluster => [...cluster.services.values()])) {
        home.rollout.zonesChanged(service)
      }
    },
    scale: (cluster, name, desiredCount) => {
      const service = serviceOf(home.clusters.get(cluster), name)
      service.settings = {...service.settings, desiredCount}
      if (service.controller === 'ECS') home.rollout.changed(service)
      else home.taskSets.changed(service)
    }
  }
  return {
    service: {
      name: 'ecs',
      protocol: {
        kind: 'json',
        targetPrefix: 'AmazonEC2ContainerServiceV20141113',
        contentType: 'application/x-amz-json-1.1'
      },
      operations: inEachRegion(home.operations, region => regionOf(region).operations)
    },
    variants: steered.variants,
    alarms: steered.alarms,
    taskSets: region => regionOf(region).taskSets,
    rolesOf: taskDefinition => {
      const {taskRoleArn, executionRoleArn} = home.definitions.find(taskDefinition) ?? {}
      return [taskRoleArn, executionRoleArn].filter(role => role !== undefined)
    },
    ...steering,
    addInstance: (cluster, seed) => home.addInstance(cluster, seed),
    control: controlOperations(steering)
  }
}

/** What all regions have in common. */
type SharedParts = Omit<RolloutSurroundings, 'owner' | 'targetGroups'> & {
  readonly account: string
  readonly targetGroups: TargetGroups
}

function sharedParts(
  options: EcsOptions,
  steered: Pick<SharedParts, 'behaviours' | 'variants' | 'alarms' | 'hookBehaviours' | 'roleFaults' | 'zones'>
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
  readonly taskSets: TaskSets
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
  const taskSets = new TaskSets({...surroundings, clusters, definitions})
  const world = {...surroundings, clusters, definitions, tags, rollout, taskSets, standalone}
  const operations = {
    ...clusterOperations(world),
    ...containerInstanceOperations(world),
    ...capacityProviderOperations(capacityProviders, surroundings.owner),
    ...taskDefinitionOperations(world),
    ...serviceOperations(world),
    ...taskOperations(world),
    ...runTaskOperations(world),
    ...serviceDeploymentOperations(world),
    ...taskSetOperations(world),
    ...tagOperations(tags)
  }
  return {
    clusters,
    definitions,
    rollout,
    taskSets,
    operations,
    addInstance: (cluster, seed) => addInstance(clusters.get(cluster), seed, world)
  }
}
