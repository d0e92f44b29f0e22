import {familyAndRevision} from '../aws/arn.ts'
import {count} from '../workflow/text.ts'
import {countPhases} from './phases.ts'
import {type DeploymentSnapshot, oursOf, type ServiceSnapshot, type TaskSnapshot} from './snapshot.ts'
import type {StartedDeployment} from './started.ts'

/**
 * How many tasks there are of all deployments of a service, ours first: `web:42: 1 of 2 tasks running, 1 pulling; web:41: 2
 * running`. Pure.
 */
export function describeCounts(service: ServiceSnapshot, started: StartedDeployment): string {
  const ours = oursOf(service, started)
  const others = service.deployments.filter(deployment => deployment !== ours)
  const parts = [...(ours === undefined ? [] : [ours]), ...others].map(deployment => {
    const tasks = deployment === ours && service.tasks !== undefined ? byPhase(service.tasks) : byService(deployment)
    return `${nameOf(deployment, ours, service)}: ${describeTasks(deployment, tasks, service.desiredCount)}`
  })
  return parts.length === 0 ? 'no deployments' : parts.join('; ')
}

/** How many tasks run, and what of the others, or of their health, is known. */
interface Tasks {
  readonly running: number
  readonly more: readonly string[]
}

function byPhase(tasks: readonly TaskSnapshot[]): Tasks {
  const {running, healthy, unhealthy, ...others} = countPhases(tasks)
  const more = Object.entries({
    healthy,
    unhealthy,
    starting: others.starting,
    pulling: others.pulling,
    placing: others.placing
  })
  return {
    running: running + healthy + unhealthy,
    more: more.filter(([, number]) => number > 0).map(([phase, number]) => `${number} ${phase}`)
  }
}

function byService({running, pending}: DeploymentSnapshot): Tasks {
  return {running, more: pending > 0 ? [`${pending} pending`] : []}
}

/** Deployments that have the same revision are told apart by their ids; ours needs none. */
function nameOf(
  deployment: DeploymentSnapshot,
  ours: DeploymentSnapshot | undefined,
  {deployments}: ServiceSnapshot
): string {
  const {id, taskDefinitionArn} = deployment
  const isTwin = deployments.some(other => other.id !== id && other.taskDefinitionArn === taskDefinitionArn)
  return `${familyAndRevision(taskDefinitionArn)}${isTwin && deployment !== ours ? ` (${id})` : ''}`
}

function describeTasks(
  {status, rolloutState}: DeploymentSnapshot,
  {running, more}: Tasks,
  desiredCount: number
): string {
  // What is listed beside the primary deployment, without a task that runs, still finishes what it is at.
  if (status !== 'PRIMARY' && running === 0 && more.length === 0)
    return rolloutState === 'FAILED' ? 'failed' : 'draining'
  const aim = status === 'PRIMARY' ? ` of ${count(desiredCount, 'task')}` : ''
  return [`${running}${aim} running`, ...more].join(', ')
}
