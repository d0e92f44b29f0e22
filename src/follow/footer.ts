import {familyAndRevision, lastPart} from '../aws/arn.ts'
import {isFromOutside} from '../why/index.ts'
import {count, listed} from '../workflow/text.ts'
import {causeOf} from './cause.ts'
import type {Status} from './conclude.ts'
import type {Facts} from './facts.ts'
import {earlier} from './headline.ts'
import {describeOrigin} from './origin.ts'
import type {DeploymentSnapshot} from './snapshot.ts'

/** What there is after a release that did not succeed, and what to do: its last lines. */
export interface Footer {
  /** What production runs now, each in a sentence. */
  readonly now: string
  /** What became of the revision that was to be deployed. */
  readonly left: string
  /** The one step that goes back or forward. */
  readonly next: string
  /** The command for it, where it is one. */
  readonly command: string | undefined
}

/** Put together from what is known when following ends. Pure. */
export function footerOf(facts: Facts, status: Status): Footer {
  return {now: runsNow(facts, status), left: leftOf(facts, status), ...stepOf(facts, status)}
}

/** The lines of the log. Pure. */
export function describeFooter({now, left, next, command}: Footer): string[] {
  return [now, left, next, ...(command === undefined ? [] : [`  ${command}`])]
}

function runsNow(facts: Facts, status: Status): string {
  const {service, moment} = facts
  const name = nameOf(facts)
  if (service === undefined) return `What ${name} runs could not be read.`
  if (status === 'service-gone') return `Nothing of ${name} is to run any more.`
  const when = moment.trouble === undefined ? `Now ${name} runs` : `When it was last read, ${name} ran`
  const running = service.deployments.filter(deployment => deployment.running > 0)
  if (running.length === 0) return `${when} no task, with a desired count of ${service.desiredCount}.`
  return `${when} ${listed(running.map(deployment => tasksOf(deployment, facts)))}.`
}

/** `2 of 2 tasks of web:41 (commit 3c5f1e2), all healthy`. */
function tasksOf(deployment: DeploymentSnapshot, {service, started, moment, primary}: Facts): string {
  const {running, taskDefinitionArn, rolloutState} = deployment
  const isPrimary = deployment === primary
  const origin = isPrimary ? describeOrigin(moment.evidence.origin) : undefined
  const desired = service?.desiredCount ?? running
  const number = isPrimary ? `${running} of ${count(desired, 'task')}` : count(running, 'task')
  const revision =
    deployment.id === started.deploymentId ? familyAndRevision(taskDefinitionArn) : earlier(taskDefinitionArn, started)
  // ECS calls a deployment complete when all its tasks are healthy.
  const health = isPrimary && rolloutState === 'COMPLETED' && running === desired ? ', all healthy' : ''
  return `${number} of ${revision}${origin === undefined ? '' : ` (${origin})`}${health}`
}

const GOES_ON: readonly Status[] = ['timed-out', 'access-lost', 'cancelled']

function leftOf(facts: Facts, status: Status): string {
  const {started, rollingBack} = facts
  const revision = familyAndRevision(started.taskDefinitionArn)
  if (GOES_ON.includes(status)) {
    return rollingBack
      ? `ECS goes on rolling back from ${revision}.`
      : `ECS goes on with ${revision} (${started.deploymentId}).`
  }
  return `${revision} stays registered, and its image ${started.image.reference} stays where it is.`
}

type Step = Pick<Footer, 'next' | 'command'>

function stepOf(facts: Facts, status: Status): Step {
  switch (status) {
    case 'rolled-back':
      return again(facts)
    case 'superseded':
      return only('If this release is the one that counts, run the job again; else nothing is to be done.')
    case 'service-gone':
      return only('Create the service again, then run the job again.')
    case 'access-lost':
      return only(
        'Give the role its access back, then run the job again: it follows the deployment that is on its way.'
      )
    case 'cancelled':
      return only('Run the job again to follow the deployment to its end.')
    case 'scaled-to-zero':
      return {
        next: 'To see whether it runs, give the service tasks again:',
        command: update(facts, `--desired-count ${facts.started.desiredCount}`)
      }
    default:
      return back(facts)
  }
}

function only(next: string): Step {
  return {next, command: undefined}
}

/** After a rollback: what came from outside the image may have passed; what is in it has to be changed. */
function again(facts: Facts): Step {
  const {failures} = facts.moment.evidence
  if (causeOf(facts) === 'request')
    return only('To deploy it after all, run the job again: it uses the same image and revision.')
  if (failures.length > 0 && failures.every(isFromOutside)) {
    return only('Put right what is named above, then run the job again: it uses the same image and revision.')
  }
  return only(
    'If the cause is in the release, fix it and release a new commit; if it lies outside, put that right and run the job again: it uses the same image and revision.'
  )
}

/** Where ECS does not go back by itself. */
function back(facts: Facts): Step {
  const {started, rollingBack, newer} = facts
  const previous = started.previousTaskDefinitionArn
  if (newer !== undefined) return only('A newer deployment has taken over: see how that one ends.')
  if (rollingBack)
    return only(
      'If the cause is in the release, fix it and release a new commit; if it lies outside, put that right and run the job again: it uses the same image and revision.'
    )
  if (previous === undefined || previous === started.taskDefinitionArn) {
    return only('No other revision is known to go back to: fix the cause, then release a new commit.')
  }
  return {
    next: `To go back to ${familyAndRevision(previous)}, which ran before:`,
    command: update(facts, `--task-definition ${familyAndRevision(previous)}`)
  }
}

/** A command of the AWS CLI; names of ECS need no quotes in a shell. */
function update({started: {service}}: Facts, change: string): string {
  const [, , , region = ''] = service.arn.split(':')
  return `aws ecs update-service --region ${region} --cluster ${lastPart(service.clusterArn)} --service ${service.name} ${change}`
}

function nameOf({started: {service}}: Facts): string {
  return `${service.name} in ${lastPart(service.clusterArn)}`
}
