import {familyAndRevision, lastPart, regionOf} from '../aws/arn.ts'
import {adviceForDeployment, isFromOutside} from '../why/index.ts'
import type {ActionReference} from '../workflow/event.ts'
import {count, listed} from '../workflow/text.ts'
import {causeOf} from './cause.ts'
import type {Status} from './conclude.ts'
import {type Facts, reasonOf} from './facts.ts'
import {describeStep, howToContinue, howToGoBack, type NextStep, TO_CONTINUE} from './next-step.ts'
import {describeOrigin} from './origin.ts'
import type {DeploymentSnapshot} from './snapshot.ts'
import {earlier} from './words.ts'

/** What there is after a release that did not succeed, or that is paused, and what to do: its last lines. */
export interface Footer {
  /** What production runs now, each in a sentence. */
  readonly now: string
  /** What became of the revision that was to be deployed. */
  readonly left: string
  /** The one step that goes back or forward. */
  readonly next: string
  /** The step of a workflow for it, where it is one. */
  readonly step: NextStep | undefined
  /** The commands for it, one a line, where there are any. */
  readonly command: string | undefined
}

/** Put together from what is known when following ends. Pure. */
export function footerOf(facts: Facts, status: Status): Footer {
  return {now: runsNow(facts, status), left: leftOf(facts, status), ...stepOf(facts, status)}
}

/** The lines of the log. Pure. @param action this action, as workflows name it, where that is known */
export function describeFooter(
  {now, left, next, step, command}: Footer,
  action: ActionReference | undefined
): string[] {
  const lines = [...(step === undefined ? [] : describeStep(step, action)), ...(command?.split('\n') ?? [])]
  return [now, left, next, ...lines.map(line => `  ${line}`)]
}

function runsNow(facts: Facts, status: Status): string {
  const {service, moment} = facts
  const name = nameOf(facts)
  if (service === undefined) return `What ${name} runs could not be read.`
  if (status === 'service-gone') return `Nothing of ${name} is to run any more.`
  const when = moment.trouble === undefined ? `Now ${name} runs` : `When it was last read, ${name} ran`
  const running = service.deployments.filter(deployment => deployment.running > 0)
  if (running.length === 0) return `${when} no task, with a desired count of ${service.desiredCount}.`
  return `${when} ${listed(running.map(deployment => tasksOf(deployment, facts)))}.${trafficOf(facts, status)}`
}

/** Where ECS still shifts traffic, two revisions run, and which of them serves is worth knowing; a pause is told with it. */
function trafficOf({serviceDeployment, started, moment}: Facts, status: Status): string {
  const {traffic, stage} = serviceDeployment ?? {}
  const percent = traffic?.production
  if (percent === undefined || stage === undefined || !LEFT_ALONE.includes(status)) return ''
  const has = moment.trouble === undefined ? 'has' : 'had'
  return ` ${familyAndRevision(started.taskDefinitionArn)} ${has} ${percent} % of the production traffic.`
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

const LEFT_ALONE: readonly Status[] = ['timed-out', 'access-lost', 'cancelled']
const GOES_ON: readonly Status[] = [...LEFT_ALONE, 'paused']

function leftOf(facts: Facts, status: Status): string {
  const {started, rollingBack} = facts
  const revision = familyAndRevision(started.taskDefinitionArn)
  if (GOES_ON.includes(status)) {
    if (isPaused(facts)) return `${revision} (${started.deploymentId}) is paused.`
    return rollingBack
      ? `ECS goes on rolling back from ${revision}.`
      : `ECS goes on with ${revision} (${started.deploymentId}).`
  }
  return `${revision} stays registered, and its image ${started.image.reference} stays where it is.`
}

type Step = Pick<Footer, 'next' | 'step' | 'command'>

function isPaused({pauses, rollingBack}: Facts): boolean {
  return pauses.length > 0 && !rollingBack
}

function stepOf(facts: Facts, status: Status): Step {
  if (GOES_ON.includes(status) && isPaused(facts)) return onward(facts)
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
      if (facts.started.rollout.isDaemon) {
        return only('To see whether it runs, give the cluster container instances that fit, then run the job again.')
      }
      return {
        next: 'To see whether it runs, give the service tasks again:',
        step: undefined,
        command: update(facts, `--desired-count ${facts.started.desiredCount}`)
      }
    default:
      return back(facts)
  }
}

function only(next: string): Step {
  return {next, step: undefined, command: undefined}
}

/** The deployment is paused: somebody has to say how to go on. */
function onward({started, pauses, serviceDeployment}: Facts): Step {
  if (serviceDeployment === undefined) throw new TypeError('A pause is one of a service deployment')
  const ids = pauses.map(({hook}) => hook.id)
  return {next: TO_CONTINUE, ...howToContinue(started.service.arn, serviceDeployment.arn, ...ids)}
}

/** After a rollback: what came from outside the image may have passed; what is in it has to be changed. */
function again(facts: Facts): Step {
  const {failures} = facts.moment.evidence
  const cause = causeOf(facts)
  if (cause === 'request')
    return only('To deploy it after all, run the job again: it uses the same image and revision.')
  if (cause === 'pause-timed-out') {
    return only(
      'To deploy it after all, run the job again, which uses the same image and revision, and have somebody continue it in time.'
    )
  }
  const advice = failures.length === 0 ? adviceForDeployment(reasonOf(facts) ?? '') : undefined
  if (advice !== undefined) return only(`${advice}; then run the job again: it uses the same image and revision.`)
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
    next: `To go back to ${familyAndRevision(previous)}, which ran before, use this step or the command below it:`,
    step: howToGoBack(started.service, previous),
    command: update(facts, `--task-definition ${familyAndRevision(previous)}`)
  }
}

/** A command of the AWS CLI; names of ECS need no quotes in a shell. */
function update({started: {service}}: Facts, change: string): string {
  return `aws ecs update-service --region ${regionOf(service.arn)} --cluster ${lastPart(service.clusterArn)} --service ${service.name} ${change}`
}

function nameOf({started: {service}}: Facts): string {
  return `${service.name} in ${lastPart(service.clusterArn)}`
}
