import type {ContainerInstance, Service} from '@aws-sdk/client-ecs'
import {lastPart} from '../../aws/arn.ts'
import {boundsOf, rollingOf, rollingSteps} from '../service/rolling-steps.ts'
import type {Situation} from '../situation.ts'
import {courseOf, type Demand, type Host} from './course.ts'
import {providersOf, type Terms, termsOf} from './eligible.ts'
import type {Capacity} from './gather.ts'
import {type Load, loadOf} from './load.ts'
import {roomOf, slotsIn} from './room.ts'
import {type Scaling, scalingOf} from './scaling.ts'

/** What a deployment lacks on its container instances. */
export interface Lack {
  readonly service: string
  readonly cluster: string
  readonly load: Load
  /** How many tasks there are to be, and how many of them find room. */
  readonly wanted: number
  readonly placed: number
  /** Whether these come on top of what runs, or take its place. */
  readonly isBeyond: boolean
  /** Whether the deployment comes to its end nevertheless, as old tasks make room. */
  readonly isComplete: boolean
  /** The instances that may run the tasks, with those on them that found room. */
  readonly hosts: readonly Host[]
  /** Why each of the other instances of the service may not. */
  readonly unmet: readonly string[]
  readonly isDistinct: boolean
  /** Whether the task would not fit on any instance without another task. */
  readonly isTooLarge: boolean
  /** The capacity providers' names. */
  readonly providers: readonly string[]
  readonly scaling: Scaling | undefined
  /** A minimum healthy percent with which the deployment would come to its end. */
  readonly minimum: number | undefined
}

/**
 * Whether the container instances lack room for a deployment: for what it runs beyond what runs now, or, where old tasks may
 * go first, for new ones in their place.
 * @returns `undefined` where they do not, where the percentages alone decide, and where it is not known
 */
export function lackOf({service, definition, capacity, inputs, running}: Situation): Lack | undefined {
  const load = loadOf(definition.json)
  if (service === undefined || capacity === undefined || load === undefined) return undefined
  const terms = termsOf(service, definition.json, capacity)
  const demand = terms && demandOf(service, inputs.desiredCount, capacity, load, terms)
  const fleet = terms && fleetOf(capacity, terms)
  if (demand === undefined || fleet === undefined || fleet.isUnknown) return undefined
  const held = running && loadOf(running.json)
  const hosts = fleet.open.map(instance => hostOf(instance, capacity, running?.arn, held))
  // Which GPUs are taken is not always known.
  if (load.gpus > 0 && hosts.some(({room}) => Number.isNaN(room.gpus))) return undefined
  const found = measured(hosts, demand)
  if (found === undefined) return undefined
  const empty = fleet.open.map(instance => slotsIn(roomOf(instance, 'empty'), load))
  const providers = capacity.providers.filter(({name = ''}) => providersOf(service).includes(name))
  const largest = Math.min(Math.max(0, ...empty), demand.isDistinct ? 1 : Infinity)
  return {
    ...found,
    service: service.serviceName ?? '',
    cluster: lastPart(service.clusterArn ?? ''),
    load,
    unmet: fleet.unmet,
    isDistinct: demand.isDistinct,
    isTooLarge: empty.length > 0 && largest === 0,
    providers: providers.map(({name = ''}) => name),
    scaling: scalingOf(providers, found.wanted - found.placed, largest, fleet.open.length)
  }
}

/** @returns `undefined` where the tasks find room, or only the percentages are in their way */
function measured(
  hosts: readonly Host[],
  demand: Demand
): Pick<Lack, 'wanted' | 'placed' | 'isBeyond' | 'isComplete' | 'hosts' | 'minimum'> | undefined {
  const {desired, oldTasks, lower} = demand
  const course = courseOf(hosts, demand)
  const isComplete = course.placed === desired
  const isShort = course.firstPlaced < course.first && lower >= oldTasks
  if (isComplete && !isShort) return undefined
  const minimum = helpfulMinimum(hosts, demand)
  return isShort
    ? {wanted: course.first, placed: course.firstPlaced, hosts: course.firstHosts, isBeyond: true, isComplete, minimum}
    : {wanted: desired, placed: course.placed, hosts: course.hosts, isBeyond: false, isComplete, minimum}
}

/** The highest one that lets one old task go first, where that is enough. */
function helpfulMinimum(hosts: readonly Host[], demand: Demand): number | undefined {
  const lower = demand.desired - 1
  if (demand.lower !== demand.desired || courseOf(hosts, {...demand, lower}).placed < demand.desired) return undefined
  return Math.floor((lower * 100) / demand.desired)
}

/**
 * Blue/green, linear and canary deployments run all new tasks beside all old ones, which go in the end.
 * @returns `undefined` where the percentages alone are in the way
 */
function demandOf(
  service: Service,
  desiredCount: number | undefined,
  {tasks}: Capacity,
  load: Load,
  {isDistinct}: Terms
): Demand | undefined {
  const oldTasks = tasks.length
  const rolling = rollingOf(service, desiredCount)
  if (rolling === undefined) {
    const desired = desiredCount ?? service.desiredCount ?? 0
    return {load, desired, oldTasks, isDistinct, lower: oldTasks + desired, upper: oldTasks + desired}
  }
  if (!rollingSteps({...rolling, oldTasks}).isComplete) return undefined
  return {load, desired: rolling.desiredCount, oldTasks, isDistinct, ...boundsOf(rolling)}
}

interface Fleet {
  /** The instances that meet all conditions. */
  readonly open: readonly ContainerInstance[]
  /** What each of the others does not meet. */
  readonly unmet: readonly string[]
  /** Whether it is not known of one. */
  readonly isUnknown: boolean
}

function fleetOf({instances}: Capacity, {isMeant, conditions}: Terms): Fleet {
  const verdicts = instances.filter(isMeant).map(instance => {
    const refused = conditions.find(({isMet}) => isMet(instance) === false)
    return {instance, refused, isUnknown: conditions.some(({isMet}) => isMet(instance) === undefined)}
  })
  return {
    open: verdicts.filter(({refused}) => refused === undefined).map(({instance}) => instance),
    unmet: verdicts.flatMap(({refused}) => refused?.otherwise ?? []),
    isUnknown: verdicts.some(({refused, isUnknown}) => refused === undefined && isUnknown)
  }
}

/** Tasks of other revisions than the running one count as if nothing came free with them: what they hold is not known. */
function hostOf(
  instance: ContainerInstance,
  {tasks}: Capacity,
  running: string | undefined,
  held: Load | undefined
): Host {
  const {ec2InstanceId, containerInstanceArn = ''} = instance
  const own = tasks.filter(task => task.containerInstanceArn === containerInstanceArn)
  const nothing: Load = {cpu: 0, memory: 0, ports: [], gpus: 0}
  return {
    name: ec2InstanceId ?? lastPart(containerInstanceArn),
    room: roomOf(instance, 'now'),
    olds: own.map(({taskDefinitionArn}) => (taskDefinitionArn === running ? held : undefined) ?? nothing)
  }
}
