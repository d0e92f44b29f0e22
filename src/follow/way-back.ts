import {duration} from '../workflow/text.ts'
import type {Status} from './conclude.ts'
import type {Facts} from './facts.ts'
import {earlier, oursRunning, revision, tasks, where} from './words.ts'

/** How following ends, and its headline. */
interface Ending {
  readonly status: Status
  readonly say: (facts: Facts) => string
}

/** What an end means where the service is to go back: a rollback is what was wanted, and a success may not be. Pure. */
export function asWayBack(ending: Ending, {started: {wayBack}}: Facts): Ending {
  const {status} = ending
  if (wayBack === 'redeployed' && status === 'deployed') return {status: 'restored', say: redeployed}
  if (wayBack !== 'withdrawn') return ending
  if (status === 'rolled-back') return {status: 'restored', say: withdrawn}
  return status === 'deployed' || status === 'unchanged' ? {status: 'rollback-failed', say: tooLate} : ending
}

function redeployed(facts: Facts): string {
  return `Restored ${revision(facts)} on ${where(facts)}: ${oursRunning(facts)}, ${took(facts)}.`
}

function withdrawn(facts: Facts): string {
  const {primary, service, started} = facts
  if (primary === undefined || facts.isPrimary)
    return `Restored ${where(facts)}: ECS has rolled ${revision(facts)} back.`
  const running = `${tasks(primary.running, service?.desiredCount)} run it`
  return `Restored ${earlier(primary.taskDefinitionArn, started)} on ${where(facts)}: ${running}, ${took(facts)}.`
}

function tooLate(facts: Facts): string {
  return `Rollback failed: ECS had completed the deployment of ${revision(facts)} to ${where(facts)} before it could be rolled back.`
}

function took({moment, started}: Facts): string {
  return duration(moment.now.getTime() - started.startedAt.getTime())
}
