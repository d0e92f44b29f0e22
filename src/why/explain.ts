import type {LoadBalancer} from '@aws-sdk/client-ecs'
import {adviceRowFor, type Telling} from './advice.ts'
import {adviceForExitCode} from './exit-codes.ts'
import type {ContainerLog, FailedContainer, TaskFailure} from './failure.ts'
import type {FailedGroup} from './group.ts'
import {definitionOf, isEssential, type Surroundings} from './surroundings.ts'
import {isStoppedByOthers, type StoppedContainer, type StoppedTask} from './stopped-tasks.ts'
import {targetGroupIn} from './target-events.ts'
import {failedTargetsOf, type Targets} from './targets.ts'

/**
 * The containers that a failure is about: those that failed, or that the health check was about by which ECS stopped the
 * task. Pure.
 */
export function containersOf({tasks: [task], containers}: FailedGroup, surroundings: Surroundings): StoppedContainer[] {
  if (containers.length > 0) return [...containers]
  return task.containers.filter(isChecked(task, surroundings)).map(container => ({
    ...container,
    exitCode: undefined,
    reason: undefined
  }))
}

function isChecked({reason, containers}: StoppedTask, surroundings: Surroundings): (it: StoppedContainer) => boolean {
  const groupArn = targetGroupIn(reason)
  if (groupArn !== undefined) {
    const balancers = surroundings.service?.loadBalancers ?? []
    const isOfGroup = ({targetGroupArn, advancedConfiguration: other}: LoadBalancer): boolean =>
      [targetGroupArn, other?.alternateTargetGroupArn].includes(groupArn)
    return ({name}) => balancers.some(it => isOfGroup(it) && it.containerName === name)
  }
  if (!isHealthFailure(reason)) return () => false
  if (containers.some(({isUnhealthy}) => isUnhealthy)) return ({isUnhealthy}) => isUnhealthy
  return ({name}) => definitionOf(surroundings, name)?.healthCheck !== undefined
}

function isHealthFailure(reason: string): boolean {
  return /failed container health checks/.test(reason)
}

/** Whether the log of a container of this task helps. Pure. */
export function wantsLog(task: StoppedTask, {name}: Pick<StoppedContainer, 'name'>): boolean {
  const ran = task.containers.find(container => container.name === name)
  if (isStoppedByOthers(task)) return false
  return ran?.exitCode !== undefined || ran?.runtimeId !== undefined
}

/**
 * A failure of tasks that stopped, with what is known about it. Pure.
 * @param logs the ends of its containers' logs, by the containers' names
 */
export function toFailure(
  group: FailedGroup,
  logs: ReadonlyMap<string, ContainerLog>,
  targets: Targets,
  surroundings: Surroundings
): TaskFailure {
  const [{stopCode, reason}] = group.tasks
  const containers = containersOf(group, surroundings).map(({name, exitCode, reason: why}): FailedContainer => {
    const command = definitionOf(surroundings, name)?.healthCheck?.command?.join(' ')
    return {
      name,
      exitCode,
      reason: why,
      health: isHealthFailure(reason) ? {command} : undefined,
      log: logs.get(name)
    }
  })
  return withAdvice(
    {
      kind: 'stopped',
      stopCode,
      reason,
      taskIds: group.tasks.map(({id}) => id),
      containers,
      targets: failedTargetsOf(group.tasks, targets)
    },
    surroundings
  )
}

/** A failure to place tasks, from an event. Pure. */
export function notPlaced(reason: string, surroundings: Surroundings): TaskFailure {
  const nothing = {stopCode: undefined, taskIds: [], containers: [], targets: []}
  return withAdvice({kind: 'not-placed', reason, ...nothing}, surroundings)
}

function withAdvice(failure: Omit<TaskFailure, 'advice' | 'member'>, surroundings: Surroundings): TaskFailure {
  const known = adviceRowFor(textsOf(failure))
  if (known === undefined) return {...failure, advice: adviceForExit(failure, surroundings), member: undefined}
  const {row, found, text, container: name} = known
  const container = name === undefined ? undefined : definitionOf(surroundings, name)
  const member = row.member && {
    name: row.member.name,
    container: row.member.of === 'container' ? (name ?? onlyContainer(surroundings)) : undefined
  }
  return {...failure, advice: row.advice({...surroundings, container, text, found}), member}
}

/** Texts of the task do not name a container. */
function onlyContainer({taskDefinition}: Surroundings): string | undefined {
  const [container, ...others] = taskDefinition?.containerDefinitions ?? []
  return others.length === 0 ? container?.name : undefined
}

/** Whether a failure can be put right without another image or task definition, as far as its text is known. Pure. */
export function isFromOutside(failure: TaskFailure): boolean {
  const known = adviceRowFor(textsOf(failure))
  if (known !== undefined) return known.row.inRelease !== true
  return failure.kind === 'not-placed' || isStoppedByOthers(failure)
}

/** To finish is wrong only for an essential container. */
function adviceForExit({containers}: Pick<TaskFailure, 'containers'>, surroundings: Surroundings): string | undefined {
  const exited = containers.find(({exitCode}) => exitCode !== undefined)
  if (exited?.exitCode === undefined) return undefined
  if (exited.exitCode === 0 && isEssential(surroundings, exited.name) !== true) return undefined
  return adviceForExitCode(exited.exitCode)
}

/** The reasons of AWS itself for tasks that users stop. */
const BY_USER = /^(?:Task stopped by user|Container instance deregistration forced by user)/

/** The texts of a failure, the most telling first; those of targets and of the task are about the first container. Pure. */
export function textsOf({stopCode, containers, targets, reason}: Omit<TaskFailure, 'advice' | 'member'>): Telling[] {
  // Who stops a task may write what they like as the reason.
  if (stopCode === 'UserInitiated' && !BY_USER.test(reason)) return []
  const [first] = containers
  return [
    ...containers.map(({name, reason: text}) => ({text, container: name})),
    ...[...targets.map(({description}) => description), reason].map(text => ({text, container: first?.name}))
  ].flatMap(({text, container}) => (text === undefined ? [] : [{text, container}]))
}
