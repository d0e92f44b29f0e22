import {familyAndRevision, regionOf} from '../../aws/arn.ts'
import {isFromOutside} from '../../why/index.ts'
import {count, listed} from '../../workflow/text.ts'
import type {Status} from '../conclude.ts'
import type {Footer} from '../footer.ts'
import {howToGoBack} from '../next-step.ts'
import {describeOrigin} from '../origin.ts'
import {causeOf, type CodeDeployFacts, primaryOf, revision, where} from './facts.ts'
import {servingIn, type TaskSetSnapshot} from './snapshot.ts'

type Step = Pick<Footer, 'next' | 'step' | 'command'>

const GOES_ON: readonly Status[] = ['timed-out', 'access-lost', 'cancelled', 'paused']

/** What there is now, and what to do. Pure. */
export function footerOf(facts: CodeDeployFacts, status: Status): Footer {
  return {now: runsNow(facts), left: leftOf(facts, status), ...stepOf(facts, status)}
}

function runsNow(facts: CodeDeployFacts): string {
  const {seen, moment} = facts
  if (seen === undefined) return `What ${where(facts)} runs could not be read.`
  if (seen.service.status !== 'ACTIVE') return `Nothing of ${where(facts)} is to run any more.`
  const when = moment.trouble === undefined ? `Now ${where(facts)} runs` : `When it was last read, ${where(facts)} ran`
  const running = seen.service.deployments.filter(set => set.running > 0)
  if (running.length === 0) return `${when} no task, with a desired count of ${seen.service.desiredCount}.`
  return `${when} ${listed(running.map(set => tasksOf(set, facts)))}.`
}

/** `2 of 2 tasks of web:41 (in production, commit 3c5f1e2)`. */
function tasksOf({id, running, taskDefinitionArn}: TaskSetSnapshot, {seen, moment}: CodeDeployFacts): string {
  const revision = familyAndRevision(taskDefinitionArn)
  if (seen === undefined || id !== servingIn(seen.service)?.id) return `${count(running, 'task')} of ${revision}`
  const origin = describeOrigin(moment.evidence.origin)
  const details = ['in production', ...(origin === undefined ? [] : [origin])].join(', ')
  return `${running} of ${count(seen.service.desiredCount, 'task')} of ${revision} (${details})`
}

function leftOf(facts: CodeDeployFacts, status: Status): string {
  const {started, seen} = facts
  if (!GOES_ON.includes(status)) {
    return `${revision(facts)} stays registered, and its image ${started.image.reference} stays where it is.`
  }
  if (seen?.deployment?.status === 'Ready') return `${revision(facts)} (${started.deploymentId}) waits to be continued.`
  return seen?.deployment?.rollbackId === undefined
    ? `CodeDeploy goes on with ${revision(facts)} (${started.deploymentId}).`
    : `CodeDeploy goes on rolling back from ${revision(facts)}.`
}

function stepOf(facts: CodeDeployFacts, status: Status): Step {
  const isReady = facts.seen?.deployment?.status === 'Ready'
  if (GOES_ON.includes(status) && isReady) return onward(facts)
  switch (status) {
    case 'timed-out':
      return {
        next: 'Run the job again to follow the deployment to its end; to stop it and go back:',
        step: undefined,
        command: command(facts, 'stop-deployment', '--auto-rollback-enabled')
      }
    case 'access-lost':
      return only(
        'Give the role its access back, then run the job again: it follows the deployment that is on its way.'
      )
    case 'cancelled':
      return only('Run the job again to follow the deployment to its end.')
    case 'service-gone':
      return only('Create the service again, then run the job again.')
    default:
      return again(facts)
  }
}

/** The deployment waits: somebody has to say how to go on. */
function onward(facts: CodeDeployFacts): Step {
  return {
    next: 'To continue the deployment, use this command; to go back, `aws deploy stop-deployment` with `--auto-rollback-enabled`:',
    step: undefined,
    command: command(facts, 'continue-deployment', '--deployment-wait-type READY_WAIT')
  }
}

function command({started}: CodeDeployFacts, operation: string, more: string): string {
  return `aws deploy ${operation} --region ${regionOf(started.service.arn)} --deployment-id ${started.deploymentId} ${more}`
}

function only(next: string): Step {
  return {next, step: undefined, command: undefined}
}

const AGAIN = 'run the job again: it uses the same image and revision'

/** What is known about CodeDeploy's errors, by their codes. Source: "Troubleshoot Amazon ECS deployment issues" in its User Guide. */
const ADVICE: Readonly<Record<string, string>> = {
  ALARM_ACTIVE: 'See why the alarms of the deployment group went off',
  ECS_UPDATE_ERROR: 'Put right what ECS refuses',
  ELASTIC_LOAD_BALANCING_INVALID:
    'Let the production listener forward to the target group of the tasks that serve production now, which is one of the two of the deployment group',
  IAM_ROLE_MISSING: 'Give the deployment group a service role',
  IAM_ROLE_PERMISSIONS:
    'Give the service role of the deployment group the policy AWSCodeDeployRoleForECS, and lambda:InvokeFunction for the hooks',
  INVALID_REVISION: 'Correct the AppSpec file'
}

/** After the end of a deployment that did not go well. */
function again(facts: CodeDeployFacts): Step {
  const {started, seen, moment} = facts
  const {failures} = moment.evidence
  const isServing = primaryOf(facts)?.id === started.deploymentId
  const way = isServing && started.wayBack === undefined ? back(facts) : undefined
  if (way !== undefined) return way
  const cause = causeOf(facts)
  if (cause === 'request') return only(`To deploy it after all, ${AGAIN}.`)
  if (cause === 'pause-timed-out')
    return only(`To deploy it after all, have somebody continue it in time and ${AGAIN}.`)
  if (cause === 'hook') {
    return only(
      `See the log of the hook's function; fix what it found and release a new commit, or put the function right and ${AGAIN}.`
    )
  }
  const advice = failures.length === 0 ? ADVICE[seen?.deployment?.error?.code ?? ''] : undefined
  if (advice !== undefined) return only(`${advice}; then ${AGAIN}.`)
  if (failures.length > 0 && failures.every(isFromOutside)) {
    return only(`Put right what is named above, then ${AGAIN}.`)
  }
  return only(
    `If the cause is in the release, fix it and release a new commit; if it lies outside, put that right and ${AGAIN}.`
  )
}

/** Production is on a deployment that was given up: the revision from before is deployed again. */
function back({started}: CodeDeployFacts): Step | undefined {
  const previous = started.previousTaskDefinitionArn
  if (previous === undefined || previous === started.taskDefinitionArn) return undefined
  return {
    next: `To go back to ${familyAndRevision(previous)}, which ran before, use this step:`,
    step: howToGoBack(started.service, previous),
    command: undefined
  }
}
