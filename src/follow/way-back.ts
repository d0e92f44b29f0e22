import {familyAndRevision} from '../aws/arn.ts'
import {duration} from '../workflow/text.ts'
import type {Status} from './conclude.ts'
import type {Facts} from './facts.ts'
import {earlier, oursRunning, revision, tasks, where} from './words.ts'

/** How following ends, and its headline. */
interface Ending {
  readonly status: Status
  readonly say: (facts: Facts) => string
}

/**
 * What an end means where the service is to go back: a rollback to the revision that is wanted is what was asked for, and a
 * success may not be. Pure.
 */
export function asWayBack(ending: Ending, facts: Facts): Ending {
  const {status} = ending
  const {wayBack} = facts.started
  if (wayBack === 'redeployed' && status === 'deployed') return {status: 'restored', say: redeployed}
  if (wayBack !== 'withdrawn') return ending
  if (status === 'rolled-back') {
    return isElsewhere(facts) ? {status: 'rollback-failed', say: elsewhere} : {status: 'restored', say: withdrawn}
  }
  return status === 'deployed' || status === 'unchanged' ? {status: 'rollback-failed', say: tooLate} : ending
}

/** ECS chose another revision to go back to, or somebody has deployed one since. */
function isElsewhere({primary, isPrimary, started: {previousTaskDefinitionArn: wanted}}: Facts): boolean {
  return primary !== undefined && !isPrimary && wanted !== undefined && primary.taskDefinitionArn !== wanted
}

function elsewhere(facts: Facts): string {
  const {primary, started} = facts
  const [runs, wanted] = [primary?.taskDefinitionArn ?? '', started.previousTaskDefinitionArn ?? ''].map(
    familyAndRevision
  )
  return `Rollback failed: ECS has rolled ${revision(facts)} back, but ${where(facts)} has ${runs ?? ''} now and not ${wanted ?? ''}.`
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
