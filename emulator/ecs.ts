import type {EmulatorClock} from './clock.ts'
import type {ImageStore} from './images.ts'
import type {LogStore} from './log-store.ts'
import type {AwsService} from './service.ts'
import type {TargetGroups} from './target-groups.ts'
import type {Owner} from './ecs/arns.ts'
import {type BehaviourRule, Behaviours} from './ecs/behaviour.ts'
import {clusterOperations, Clusters, serviceOf} from './ecs/clusters.ts'
import {createIds, seededRandom} from './ecs/ids.ts'
import {Rollout} from './ecs/rollout.ts'
import {serviceDeploymentOperations} from './ecs/service-deployments.ts'
import {serviceOperations} from './ecs/services.ts'
import {tagOperations, Tags} from './ecs/tags.ts'
import {taskDefinitionOperations, TaskDefinitions} from './ecs/task-definitions.ts'
import {taskOperations} from './ecs/tasks.ts'
import {observedTiming, type Timing} from './ecs/timing.ts'

/** What ECS is made with. */
export interface EcsOptions extends Owner {
  readonly clock: EmulatorClock
  readonly targetGroups: TargetGroups
  readonly logs: LogStore
  /** What tasks pull from; without it, only images of other registries are there. */
  readonly images?: ImageStore
  /** Numbers from 0 up to, not including, 1, of which ids are made; by default the same ones each time. */
  readonly random?: () => number
  /** Durations that differ from those observed. */
  readonly timing?: Partial<Timing>
}

/** Amazon ECS. */
export interface Ecs {
  readonly service: AwsService
  /** Replaces the rules for how containers behave. */
  setRules(rules: readonly BehaviourRule[]): void
  /** Sets a service's desired count as its auto scaling does, without UpdateService. @throws AwsError without such a service */
  scale(cluster: string, service: string, desiredCount: number): void
  /** The same for the control API: each takes the request's JSON. */
  readonly control: Readonly<Record<string, (body: unknown) => unknown>>
}

/** Makes an ECS without clusters. */
export function createEcs(options: EcsOptions): Ecs {
  const {clock, targetGroups, logs, images = {resolve: () => undefined}, random = seededRandom(1)} = options
  const owner = {account: options.account, region: options.region}
  const tags = new Tags()
  const behaviours = new Behaviours()
  const clusters = new Clusters(owner, tags)
  const definitions = new TaskDefinitions(clock, owner, tags)
  const surroundings = {
    clock,
    owner,
    targetGroups,
    logs,
    images,
    ids: createIds(random),
    timing: {...observedTiming, ...options.timing},
    behaviours
  }
  const rollout = new Rollout(surroundings)
  const world = {...surroundings, clusters, definitions, tags, rollout}
  const setRules = (rules: readonly BehaviourRule[]): void => {
    behaviours.setRules(rules)
  }
  const scale = (cluster: string, name: string, desiredCount: number): void => {
    const service = serviceOf(clusters.get(cluster), name)
    service.settings = {...service.settings, desiredCount}
    rollout.changed(service)
  }
  return {
    service: {
      name: 'ecs',
      protocol: {
        kind: 'json',
        targetPrefix: 'AmazonEC2ContainerServiceV20141113',
        contentType: 'application/x-amz-json-1.1'
      },
      operations: {
        ...clusterOperations(clusters, tags),
        ...taskDefinitionOperations(definitions, tags),
        ...serviceOperations(world),
        ...taskOperations(world),
        ...serviceDeploymentOperations(world),
        ...tagOperations(tags)
      }
    },
    setRules,
    scale,
    control: {
      behaviours: body => {
        setRules((body as {rules: BehaviourRule[]}).rules)
      },
      scale: body => {
        const {cluster, service, desiredCount} = body as {cluster: string; service: string; desiredCount: number}
        scale(cluster, service, desiredCount)
      }
    }
  }
}
