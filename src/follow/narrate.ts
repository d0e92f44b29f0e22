import {familyAndRevision} from '../aws/arn.ts'
import {describeTaskFailure, type TaskFailure} from '../why/index.ts'
import {bounded, oneLine} from '../workflow/text.ts'
import {describeHook, describePauseEnd, describeStage, describeTraffic, whoContinues} from './describe-lifecycle.ts'
import type {Change} from './changes.ts'
import type {DeploymentSnapshot, ServiceDeploymentSnapshot, ServiceEvent} from './snapshot.ts'
import type {StartedDeployment} from './started.ts'
import {TO_CONTINUE} from './next-step.ts'
import {earlier} from './words.ts'

const LONGEST_LINE = 1000

/**
 * The lines of the log for a change; none for one that is told by others: by an event, or the headline. Pure.
 * @param at when it became known
 * @param several whether more than one service is followed, so that each change names its own
 */
export function narrate(change: Change, started: StartedDeployment, at: Date, several: boolean): readonly string[] {
  const [first, ...more] = sentences(change, started)
  if (first === undefined) return []
  const service = several && !isAboutReading(change) ? `${started.service.name}: ` : ''
  const line = `${time(change, started, at)}  ${service}${bounded(oneLine(first).trim(), LONGEST_LINE)}`
  return [line, ...more.map(text => `${' '.repeat(8)}${bounded(oneLine(text), LONGEST_LINE)}`)]
}

/** The services are read together. */
function isAboutReading({kind}: Change): boolean {
  return kind === 'unknown' || kind === 'known-again'
}

/** What is looked up after the end is of no time. */
function time(change: Change, started: StartedDeployment, at: Date): string {
  const text = change.kind === 'proof' ? '' : elapsed(started, change.kind === 'event' ? change.event.at : at)
  return text.padStart(6)
}

/** Time since the start: `0:42`, `12:05`, `1:02:03`. */
function elapsed({startedAt}: StartedDeployment, at: Date): string {
  const seconds = Math.max(0, Math.floor((at.getTime() - startedAt.getTime()) / 1000))
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60]
  const two = (number: number): string => String(number).padStart(2, '0')
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`
}

function sentences(change: Change, started: StartedDeployment): readonly string[] {
  if (change.kind === 'task-failure') return taskFailure(change.failure)
  if (change.kind === 'paused') return [`paused at ${change.pause.stage}: ${whoContinues(change.pause)}`, TO_CONTINUE]
  const text = sentence(change, started)
  return text === undefined ? [] : [text]
}

/** Why a task is not placed is what an event says, which is told: what is new is what to do. */
function taskFailure(failure: TaskFailure): readonly string[] {
  const lines = describeTaskFailure(failure)
  return failure.kind === 'not-placed' ? lines.slice(1) : lines
}

function sentence(
  change: Exclude<Change, {kind: 'task-failure' | 'paused'}>,
  started: StartedDeployment
): string | undefined {
  switch (change.kind) {
    case 'event':
      return event(change.event, started)
    case 'counts':
    case 'note':
      return change.text
    case 'heartbeat':
      return `no change for a minute; ${change.text}`
    case 'budget':
      return `following for up to ${change.budget.minutes} min${change.budget.from === '' ? '' : ` (${change.budget.from})`}`
    case 'waiting':
      return `waiting: ${change.text}`
    case 'proof':
      return change.text
    case 'desired-count':
      return desiredCount(change.from, change.to, started)
    case 'failed-tasks':
      return failedTasks(change.failed, change.threshold)
    case 'stage':
      return describeStage(change.stage, change.before)
    case 'traffic':
      return describeTraffic(change.of, change.percent, started)
    case 'hook':
      return describeHook(change.hook)
    case 'pause-over':
      return describePauseEnd(change.pause)
    case 'rollout':
      return change.to === 'FAILED' ? `the deployment failed: ${change.reason ?? 'ECS gives no reason'}` : undefined
    case 'service-deployment':
      return serviceDeployment(change.to)
    case 'replaced':
      return replaced(change.by, change.newer, started)
    case 'service-status':
      return `the service is ${change.status} now`
    case 'unknown':
      return `state unknown since ${elapsed(started, change.trouble.since)}, asking again; AWS says: ${change.trouble.problem}`
    case 'known-again':
      return `state known again, it was unknown since ${elapsed(started, change.trouble.since)}`
    case 'found':
      return undefined
  }
}

/** ECS begins most events with the service's name. What balances zones is none of the deployment's steps. */
function event({message}: ServiceEvent, {service}: StartedDeployment): string {
  const prefix = `(service ${service.name}) `
  const text = message.startsWith(prefix) ? message.slice(prefix.length) : message
  return BALANCING.test(text) ? `balancing Availability Zones, apart from the deployment: ${text}` : text
}

/** Source: "Service event messages" in the ECS Developer Guide. */
const BALANCING = /\bAZ balanced\b|\bAZ Rebalanc/i

/** ECS itself counts the container instances for a daemon. */
function desiredCount(from: number, to: number, {rollout}: StartedDeployment): string {
  return rollout.isDaemon
    ? `the number of container instances for this daemon changed from ${from} to ${to}`
    : `the desired count of the service changed from ${from} to ${to}`
}

function failedTasks(failed: number, threshold: number | undefined): string {
  if (threshold === undefined) return `failed tasks: ${failed}`
  if (failed === 0) return 'failed tasks: ECS counts them from 0 again'
  if (failed < threshold) return `failed tasks: ${failed} of ${threshold} before the circuit breaker trips`
  return `failed tasks: ${failed} of ${threshold}, the circuit breaker has tripped`
}

/** How a service deployment goes on once something is wrong; what it ends in is told by the headline. */
const SERVICE_DEPLOYMENT_NEWS: Readonly<Record<string, string>> = {
  STOP_REQUESTED: 'ECS is stopping the deployment',
  ROLLBACK_REQUESTED: 'a rollback was requested',
  ROLLBACK_IN_PROGRESS: 'ECS is rolling back'
}

function serviceDeployment({status, reason, rollback}: ServiceDeploymentSnapshot): string | undefined {
  const news = SERVICE_DEPLOYMENT_NEWS[status]
  if (news === undefined) return undefined
  const why = reason ?? rollback?.reason
  return why === undefined ? news : `${news}: ${why}`
}

function replaced({taskDefinitionArn, id}: DeploymentSnapshot, newer: boolean, started: StartedDeployment): string {
  return newer
    ? `a newer deployment has taken over: ${familyAndRevision(taskDefinitionArn)} (${id})`
    : `${earlier(taskDefinitionArn, started)} is the primary deployment again`
}
