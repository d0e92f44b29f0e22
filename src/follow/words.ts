import {familyAndRevision, lastPart} from '../aws/arn.ts'
import {inShort} from '../why/index.ts'
import {bounded, count, oneLine} from '../workflow/text.ts'
import {causeOf} from './cause.ts'
import {type Facts, reasonOf} from './facts.ts'
import {describeOrigin} from './origin.ts'
import type {StartedDeployment} from './started.ts'

/** Reasons of ECS can quote whole errors of other services. */
const LONGEST_REASON = 500

/** `web:42`. */
export function revision({started}: Facts): string {
  return familyAndRevision(started.taskDefinitionArn)
}

/** `web in prod`. */
export function where({started}: Facts): string {
  return `${started.service.name} in ${lastPart(started.service.clusterArn)}`
}

/** `2 of 2 tasks run it`. */
export function oursRunning(facts: Facts): string {
  return `${tasks(facts.ours?.running ?? 0, facts.service?.desiredCount)} ${verb(facts)} it`
}

/** `run`, or `runs` where it is about one task. */
export function verb({ours, service}: Facts): string {
  return ours?.running === 1 && service?.desiredCount === 1 ? 'runs' : 'run'
}

/** A revision that runs beside ours; where it is the same one, as after a forced deployment, what tells it apart. */
export function earlier(taskDefinitionArn: string, started: StartedDeployment): string {
  const revision = familyAndRevision(taskDefinitionArn)
  return taskDefinitionArn === started.taskDefinitionArn ? `the earlier deployment of ${revision}` : revision
}

/** `2 of 3 tasks`. */
export function tasks(running: number, desired: number | undefined): string {
  return `${running} of ${count(desired ?? running, 'task')}`
}

/** The most frequent failure in short: `container web exited with code 1 in 3 tasks of web:42`. */
export function failureOf(facts: Facts): string | undefined {
  const [first] = facts.moment.evidence.failures.toSorted((one, other) => other.taskIds.length - one.taskIds.length)
  if (first === undefined) return undefined
  const number = first.taskIds.length
  return number === 0 ? inShort(first) : `${inShort(first)} in ${count(number, 'task')} of ${revision(facts)}`
}

/** What there is of these, in one sentence. */
export function clauses(...parts: readonly (string | undefined)[]): string {
  return parts.filter(part => part !== undefined).join('; ')
}

/** ` ECS says: …`, where it gives a reason. */
export function says(facts: Facts): string {
  const reason = reasonOf(facts)
  return reason === undefined ? '' : ` ECS says: ${sentence(reason)}`
}

/** ECS's words where they tell more than the headline does. */
export function unlessTold(facts: Facts): string {
  const cause = causeOf(facts)
  return cause === undefined || cause === 'hook' || cause === 'set-up' ? says(facts) : ''
}

/** What runs instead, when nothing puts it back in order. */
export function left(facts: Facts): string {
  const {service, started} = facts
  if (facts.newer !== undefined) return ` A newer deployment${newer(facts)} has taken over since.`
  const others = service?.deployments.filter(({id, running}) => id !== started.deploymentId && running > 0) ?? []
  return others.length === 0
    ? ' No other task runs.'
    : ` Still running: ${others
        .map(({running, taskDefinitionArn}) => `${count(running, 'task')} of ${earlier(taskDefinitionArn, started)}`)
        .join(', ')}.`
}

/** Text of AWS on one line, of bounded length, with a full stop. */
export function sentence(text: string): string {
  const line = bounded(oneLine(text).trim(), LONGEST_REASON)
  return /[.!?…]$/.test(line) ? line : `${line}.`
}

/** ` of web:43 (ecs-svc/…, commit 3c5f1e2)`: what took over. */
export function newer({newer: taken, moment}: Facts): string {
  if (taken === undefined) return ''
  const from = describeOrigin(moment.evidence.origin)
  return ` of ${familyAndRevision(taken.taskDefinitionArn)} (${[taken.id, ...(from === undefined ? [] : [from])].join(', ')})`
}
