import {familyAndRevision, lastPart} from '../../aws/arn.ts'
import type {Cause} from '../cause.ts'
import type {Moment} from '../facts.ts'
import type {StartedDeployment} from '../started.ts'
import type {CodeDeploySnapshot, TaskSetSnapshot} from './snapshot.ts'
import {oursIn, servingIn} from './snapshot.ts'

/** All that the outcome is decided by, and told from. */
export interface CodeDeployFacts {
  readonly started: StartedDeployment
  /** `undefined` as long as nothing could be read. */
  readonly seen: CodeDeploySnapshot | undefined
  /** How often in a row the deployment was seen to be over, without a rollback. */
  readonly endedLooks: number
  readonly moment: Moment
}

/** `web:42`. */
export function revision({started}: CodeDeployFacts): string {
  return familyAndRevision(started.taskDefinitionArn)
}

/** `web in prod`. */
export function where({started}: CodeDeployFacts): string {
  return `${started.service.name} in ${lastPart(started.service.clusterArn)}`
}

/** Our task set. */
export function oursOf({seen, started}: CodeDeployFacts): TaskSetSnapshot | undefined {
  return seen && oursIn(seen.service, started.codeDeploy?.id)
}

/** The task set that serves production; the deployment's own id where it is ours, as for ECS's deployments. */
export function primaryOf(facts: CodeDeployFacts): TaskSetSnapshot | undefined {
  const {seen, started} = facts
  const serving = seen && servingIn(seen.service)
  return serving !== undefined && serving.id === oursOf(facts)?.id ? {...serving, id: started.deploymentId} : serving
}

/** The task set that CodeDeploy works towards: ours as long as our deployment is on its way. */
export function goalOf(facts: CodeDeployFacts): TaskSetSnapshot | undefined {
  const {seen, started} = facts
  const ours = oursOf(facts)
  if (seen?.deployment === undefined || ours === undefined || isGivenUp(facts)) return primaryOf(facts)
  return {...ours, id: started.deploymentId}
}

/** What made CodeDeploy give the deployment up; `undefined` where its error has no such kind. Pure. */
export function causeOf({seen}: CodeDeployFacts): Cause | undefined {
  const {error, status} = seen?.deployment ?? {}
  // Nobody continued it in time: the only such error that stops a deployment (documented).
  if (error?.code === 'TIMEOUT') return status === 'Stopped' ? 'pause-timed-out' : undefined
  return CAUSES[error?.code ?? '']
}

/** By CodeDeploy's error codes. */
const CAUSES: Readonly<Record<string, Cause>> = {
  ALARM_ACTIVE: 'alarm',
  HOOK_EXECUTION_FAILURE: 'hook',
  MANUAL_STOP: 'request',
  ECS_UPDATE_ERROR: 'set-up',
  ELASTIC_LOAD_BALANCING_INVALID: 'set-up',
  ELB_INVALID_INSTANCE: 'set-up',
  IAM_ROLE_MISSING: 'set-up',
  IAM_ROLE_PERMISSIONS: 'set-up',
  INVALID_ECS_SERVICE: 'set-up',
  INVALID_LAMBDA_FUNCTION: 'set-up',
  INVALID_REVISION: 'set-up',
  NO_EC2_SUBSCRIPTION: 'set-up'
}

const ENDED = ['Failed', 'Stopped']

/** CodeDeploy, or somebody, gave the deployment up. */
export function isGivenUp({seen}: CodeDeployFacts): boolean {
  return ENDED.includes(seen?.deployment?.status ?? '')
}

/** CodeDeploy is to roll back by itself, which it does by another deployment. Before there is a task set, there is nothing to roll back. */
export function isRollbackDue(facts: CodeDeployFacts): boolean {
  const {deployment, events = []} = facts.seen ?? {}
  if (deployment === undefined) return false
  const event = EVENTS[deployment.error?.code ?? ''] ?? 'DEPLOYMENT_FAILURE'
  const hasBegun = events.length === 0 || events.some(({name, from}) => name === 'Install' && from !== undefined)
  return hasBegun && deployment.rollsBackOn.includes(event)
}

/** For what CodeDeploy rolls back, by its error codes. */
const EVENTS: Readonly<Record<string, string>> = {
  ALARM_ACTIVE: 'DEPLOYMENT_STOP_ON_ALARM',
  MANUAL_STOP: 'DEPLOYMENT_STOP_ON_REQUEST'
}
