import type * as sdk from '@aws-sdk/client-ecs'
import {remainingOn, tasksOn} from './container-instances.ts'
import {eventTexts} from './events.ts'
import {instanceLoad} from './instance-load.ts'
import {meets} from './member-of.ts'
import {type ContainerInstance, isServiceTask, type Task, type TaskConfiguration} from './model.ts'
import type {EcsVariants} from './variants.ts'

/**
 * Places a task: on Fargate, on a container instance with room for it, or on none as long as managed scaling is to start one.
 * @returns why it cannot be placed, as the text of a service event; `undefined` when it can. Its containers' behaviour says
 *   so, or no container instance of its cluster takes it
 */
export function placementFault(task: Task, {containerInstances}: EcsVariants): string | undefined {
  const scripted = task.containers.find(({behaviour}) => behaviour.placement !== undefined)?.behaviour.placement
  if (scripted !== undefined) return scripted.event
  if (isOnFargate(task.configuration) || containerInstances > 0) return undefined
  task.instance = instanceFor(task)
  if (task.instance !== undefined || mayWait(task)) return undefined
  return unplaced(task)
}

/** Whether a task still waits for a container instance; places it when there is one now. */
export function awaitsInstance(task: Task): boolean {
  if (task.instance !== undefined || isOnFargate(task.configuration) || !mayWait(task)) return false
  task.instance = instanceFor(task)
  return task.instance === undefined
}

/** Whether tasks run on Fargate, by launch type or by capacity provider. */
export function isOnFargate({launchType, capacityProviderStrategy = []}: TaskConfiguration): boolean {
  return (
    launchType === 'FARGATE' ||
    capacityProviderStrategy.some(({capacityProvider}) => capacityProvider?.startsWith('FARGATE'))
  )
}

/** Tasks of capacity providers with managed scaling wait in PROVISIONING for an instance (documented). */
function mayWait({cluster, configuration}: Task): boolean {
  return (configuration.capacityProviderStrategy ?? []).some(
    ({capacityProvider = ''}) =>
      cluster.capacityProviders.get(capacityProvider)?.autoScalingGroupProvider?.managedScaling?.status === 'ENABLED'
  )
}

function unplaced(task: Task): string {
  const problems = instancesOf(task).map(instance => ({instance, found: problemsOf(task, instance)}))
  const [closest] = problems.sort((left, right) => left.found.length - right.found.length)
  const [problem] = closest?.found ?? []
  if (closest !== undefined && problem !== undefined) return eventTexts.closestInstance(problem, closest.instance.id)
  return task.configuration.capacityProviderStrategy === undefined
    ? eventTexts.noInstances
    : eventTexts.noInstancesInProvider
}

/** The instances that tasks of this launch type or strategy go to. */
function instancesOf({cluster, configuration}: Task): ContainerInstance[] {
  const strategy = configuration.capacityProviderStrategy
  return [...cluster.instances.values()]
    .filter(({status}) => status === 'ACTIVE')
    .filter(
      ({capacityProvider}) =>
        strategy === undefined || strategy.some(item => item.capacityProvider === capacityProvider)
    )
}

/** Spread over the Availability Zones, then over the instances, by the tasks of the same group (documented as the default). */
function instanceFor(task: Task): ContainerInstance | undefined {
  const groupOn = (instance: ContainerInstance): number =>
    tasksOn(instance).filter(other => other.group === task.group).length
  const inZone = (zone: string): number =>
    [...task.cluster.instances.values()]
      .filter(({availabilityZone}) => availabilityZone === zone)
      .reduce((sum, instance) => sum + groupOn(instance), 0)
  const [first] = instancesOf(task)
    .filter(instance => problemsOf(task, instance).length === 0)
    .sort((a, b) => inZone(a.availabilityZone) - inZone(b.availabilityZone) || groupOn(a) - groupOn(b))
  return first
}

/** Why an instance does not take a task, in the words of service events; those of `RESOURCE:GPU` and distinct instances are not confirmed. */
function problemsOf(task: Task, instance: ContainerInstance): string[] {
  const {taskDefinition} = task.configuration
  const load = instanceLoad(taskDefinition)
  const left = remainingOn(instance)
  const isTaken = load.tcp.some(port => left.tcp.includes(port)) || load.udp.some(port => left.udp.includes(port))
  const problems: Readonly<Record<string, boolean>> = {
    "doesn't have the agent connected": !instance.agentConnected || instance.healthStatus === 'IMPAIRED',
    'is missing an attribute required by your task': !hasAttributes(taskDefinition.requiresAttributes ?? [], instance),
    'encountered error "MemberOf placement constraint unsatisfied."': !expressionsOf(task).every(expression =>
      meets(expression, instance.attributes)
    ),
    'encountered error "DistinctInstance placement constraint unsatisfied."':
      isDistinct(task) && tasksOn(instance).some(other => other.group === task.group),
    'has insufficient CPU units available': left.cpu < load.cpu,
    'has insufficient memory available': left.memory < load.memory,
    'is already using a port required by your task': isTaken,
    'encountered error "RESOURCE:GPU"': left.gpuIds.length < load.gpus
  }
  return Object.keys(problems).filter(problem => problems[problem] === true)
}

function hasAttributes(wanted: readonly sdk.Attribute[], {attributes}: ContainerInstance): boolean {
  return wanted.every(
    ({name = '', value}) => attributes.has(name) && (value === undefined || attributes.get(name) === value)
  )
}

function expressionsOf(task: Task): string[] {
  const all = [...serviceConstraints(task), ...(task.configuration.taskDefinition.placementConstraints ?? [])]
  return all.flatMap(({type, expression}) => (type === 'memberOf' ? [expression ?? ''] : []))
}

/** A daemon has one task on an instance. */
function isDistinct(task: Task): boolean {
  const isDaemon = isServiceTask(task) && task.service.scheduling === 'DAEMON'
  return isDaemon || serviceConstraints(task).some(({type}) => type === 'distinctInstance')
}

function serviceConstraints(task: Task): readonly sdk.PlacementConstraint[] {
  return isServiceTask(task) ? task.service.settings.placementConstraints : []
}
