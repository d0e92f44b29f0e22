import type {DeploymentConfiguration, Service} from '@aws-sdk/client-ecs'
import type {JsonObject} from '../definition/json.ts'
import {count} from '../workflow/text.ts'
import {loadOf} from './capacity/load.ts'
import {type RollingCourse, rollingOf, type RollingStep, rollingSteps} from './service/rolling-steps.ts'

/** A course of more steps is told by its beginning and its end. */
const MOST_STEPS = 8

/**
 * How a service gets to a new revision when every task comes up, a line for each step, with the tasks it needs. Pure.
 * @param json the definition of the new revision
 * @param desiredCount that of the release, where it sets one
 */
export function describeCourse(service: Service, json: JsonObject, desiredCount: number | undefined): string[] {
  const tasks = desiredCount ?? service.desiredCount ?? 0
  const {deploymentConfiguration = {}} = service
  const rolling = rollingOf(service, desiredCount)
  if (rolling === undefined) return shifted(service, tasks, json)
  if (tasks === 0) return ['Nothing is started: the service has no task to run.']
  const course = rollingSteps(rolling)
  const size = sizeOf(json)
  return [
    ...abridged(course.steps.map(describeStep)),
    ...(course.isComplete ? [] : ['Then ECS can neither start nor stop a task.']),
    ...watched(deploymentConfiguration),
    `At most ${count(course.most, 'task')} at a time${size}; at least ${carrying(course)} the service.`
  ]
}

/** `Starts 2 new tasks: 2 new and 2 old.` */
function describeStep({start, stop, newTasks, oldTasks}: RollingStep): string {
  const does = [
    ...(start > 0 ? [`starts ${count(start, 'new task')}`] : []),
    ...(stop > 0 ? [`stops ${count(stop, 'old task')}`] : [])
  ].join(' and ')
  return `${capital(does)}: ${newTasks} new, ${oldTasks} old.`
}

function abridged(lines: readonly string[]): readonly string[] {
  const left = lines.length - MOST_STEPS
  if (left <= 1) return lines
  return [...lines.slice(0, MOST_STEPS - 1), `… ${left} more of this kind …`, ...lines.slice(-1)]
}

function carrying({fewest}: RollingCourse): string {
  return `${fewest} ${fewest === 1 ? 'carries' : 'carry'}`
}

/** Blue/green, linear and canary: as many new tasks as there are old ones, then the traffic, then the old ones go. */
function shifted(service: Service, tasks: number, json: JsonObject): string[] {
  const {deploymentConfiguration = {}, runningCount = 0} = service
  const hooks = deploymentConfiguration.lifecycleHooks?.length ?? 0
  return [
    `Starts ${count(tasks, 'new task')} beside the old ones: ${tasks} new, ${runningCount} old.`,
    traffic(deploymentConfiguration),
    ...(hooks === 0 ? [] : [`Waits for ${count(hooks, 'lifecycle hook')} on the way.`]),
    ...watched(deploymentConfiguration),
    ...baked(deploymentConfiguration),
    `Stops ${count(runningCount, 'old task')}.`,
    `At most ${count(tasks + runningCount, 'task')} at a time${sizeOf(json)}.`
  ]
}

function traffic({strategy, linearConfiguration, canaryConfiguration}: DeploymentConfiguration): string {
  if (strategy === 'LINEAR') {
    const {stepPercent = 10, stepBakeTimeInMinutes = 6} = linearConfiguration ?? {}
    return `Moves the traffic in steps of ${stepPercent} %, each watched for ${stepBakeTimeInMinutes} min.`
  }
  if (strategy === 'CANARY') {
    const {canaryPercent = 5, canaryBakeTimeInMinutes = 10} = canaryConfiguration ?? {}
    return `Moves ${canaryPercent} % of the traffic, watches that for ${canaryBakeTimeInMinutes} min, then moves the rest.`
  }
  return 'Moves all traffic to the new tasks at once.'
}

function baked({bakeTimeInMinutes = 0}: DeploymentConfiguration): string[] {
  return bakeTimeInMinutes === 0 ? [] : [`Keeps the old tasks for ${bakeTimeInMinutes} min, to go back to.`]
}

function watched({alarms}: DeploymentConfiguration): string[] {
  if (alarms?.enable !== true) return []
  const end = alarms.rollback === true ? 'rolls it back' : 'fails it'
  return [`Watches ${count(alarms.alarmNames?.length ?? 0, 'alarm')} meanwhile: one of them ${end}.`]
}

/** ` of 256 CPU units and 512 MiB each`, where the definition says it. */
function sizeOf(json: JsonObject): string {
  const load = loadOf(json)
  if (load === undefined || (load.cpu === 0 && load.memory === 0)) return ''
  return ` of ${load.cpu.toLocaleString('en-GB')} CPU units and ${load.memory.toLocaleString('en-GB')} MiB each`
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
