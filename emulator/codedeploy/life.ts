import type * as ecs from '@aws-sdk/client-ecs'
import {AwsError} from '../service.ts'
import {type AppSpec, AppSpecError, readAppSpec} from './app-spec.ts'
import {trafficSteps} from './configs.ts'
import {
  DeploymentFailure,
  ecsRefuses,
  hookDenied,
  hookFailed,
  hookSilent,
  neverHealthy,
  noService,
  notContinued
} from './failure.ts'
import {otherTargetGroup, route, targetGroupOf} from './load-balancing.ts'
import {type Deployment, type LifecycleEvent, pairOf} from './model.ts'
import type {CodeDeployWorld} from './world.ts'

/** Something that takes time: each value is how long to wait until it goes on, in milliseconds. */
export type Course = Generator<number, void, undefined>

const minute = 60_000

/**
 * A deployment from its start to its success: a replacement task set, test traffic, production traffic, the end of the
 * original task set. Source: CodeDeploy User Guide, "Deployments on an Amazon ECS compute platform", and an observed run.
 * @throws DeploymentFailure with what stands in its way
 */
export function* lifeOf(deployment: Deployment, world: CodeDeployWorld): Course {
  const appSpec = appSpecOf(deployment)
  deployment.sets = findSets(deployment, world)
  const part = (event: LifecycleEvent): Course => {
    const lambda = appSpec.hooks.get(event.name)
    return lambda === undefined ? work(event.name, {deployment, appSpec, world}) : hook(lambda, deployment, world)
  }
  for (const event of deployment.events) {
    if (event.name === 'BeforeAllowTraffic') yield* readyWait(deployment, world)
    yield* during(event, part(event), world)
  }
  yield* terminate(deployment, world)
}

/**
 * A rollback: all traffic back to the original task set of the deployment that came to a bad end; its replacement drains.
 * No other task set is made (observed). What the lifecycle events of a rollback show is not confirmed: here, only that
 * traffic is allowed.
 */
export function* wayBack(rollback: Deployment, failed: Deployment, world: CodeDeployWorld): Course {
  const {sets} = failed
  if (sets?.replacement === undefined) return
  const {service, original, replacement} = sets
  rollback.sets = {service, original: replacement, replacement: original}
  failed.weight = 0
  for (const event of rollback.events) {
    if (event.name === 'AllowTraffic') yield* during(event, restoreTraffic(rollback, world), world)
    else event.status = 'Skipped'
  }
  world.taskSets.delete(service, replacement)
}

function* restoreTraffic(rollback: Deployment, world: CodeDeployWorld): Course {
  allowTestTraffic(rollback, world)
  yield* allowTraffic(rollback, world)
}

/** The end of a lifecycle event that something comes in between is told by whoever ends the deployment. */
function* during(event: LifecycleEvent, part: Course, {clock, timing}: CodeDeployWorld): Course {
  event.status = 'InProgress'
  event.startedAt = clock.now()
  yield timing.event
  yield* part
  event.status = 'Succeeded'
  event.endedAt = clock.now()
  yield timing.betweenEvents
}

function appSpecOf({revision}: Deployment): AppSpec {
  try {
    return readAppSpec(revision?.appSpecContent?.content ?? '')
  } catch (error) {
    if (!(error instanceof AppSpecError)) throw error
    throw new DeploymentFailure('INVALID_REVISION', error.message)
  }
}

function findSets({group}: Deployment, {taskSets}: CodeDeployWorld): NonNullable<Deployment['sets']> {
  const {clusterName = 'default', serviceName = ''} = group.settings.ecsServices?.[0] ?? {}
  const service = taskSets.service(clusterName, serviceName)
  const original = service?.taskSets.find(({status, isDraining}) => status === 'PRIMARY' && !isDraining)
  if (service?.controller !== 'CODE_DEPLOY' || original === undefined) throw noService()
  return {service, original}
}

interface Work {
  readonly deployment: Deployment
  readonly appSpec: AppSpec
  readonly world: CodeDeployWorld
}

/** What CodeDeploy does itself in a lifecycle event. */
function* work(event: string, {deployment, appSpec, world}: Work): Course {
  if (event === 'Install') yield* install(deployment, appSpec, world)
  if (event === 'AllowTestTraffic') allowTestTraffic(deployment, world)
  if (event === 'AllowTraffic') yield* allowTraffic(deployment, world)
}

function* install(deployment: Deployment, appSpec: AppSpec, world: CodeDeployWorld): Course {
  const {clock, timing} = world
  const replacement = createReplacement(deployment, appSpec, world)
  const end = clock.now() + timing.install
  while (replacement.stability !== 'STEADY_STATE') {
    if (clock.now() >= end) throw neverHealthy()
    yield timing.poll
  }
}

function createReplacement(deployment: Deployment, appSpec: AppSpec, world: CodeDeployWorld) {
  const {sets, group, id} = deployment
  if (sets === undefined) throw noService()
  const {taskDefinition, containerName, containerPort, own} = appSpec
  const loadBalancer: ecs.LoadBalancer = {
    ...otherTargetGroup(group, sets.original, world.targetGroups),
    containerName,
    containerPort
  }
  try {
    sets.replacement = world.taskSets.create(sets.service, {
      ...own,
      taskDefinition,
      scale: 100,
      loadBalancers: [loadBalancer],
      startedBy: 'CODE_DEPLOY',
      externalId: id
    })
    return sets.replacement
  } catch (error) {
    throw error instanceof AwsError ? ecsRefuses(error, world.ids.uuid()) : error
  }
}

function allowTestTraffic({sets, group}: Deployment, {targetGroups}: CodeDeployWorld): void {
  if (sets?.replacement === undefined) return
  const shares = {to: targetGroupOf(sets.replacement), percent: 100, rest: targetGroupOf(sets.original)}
  route(pairOf(group).testTrafficRoute?.listenerArns, shares, targetGroups)
}

function* allowTraffic(deployment: Deployment, world: CodeDeployWorld): Course {
  const {service, replacement} = deployment.sets ?? {}
  if (service === undefined || replacement === undefined) return
  for (const {percent, minutes} of trafficSteps(deployment.config)) {
    setProductionWeight(deployment, percent, world)
    yield minutes * minute
  }
  world.taskSets.setPrimary(service, replacement)
}

/** Sends this share of production traffic to the replacement task set. */
function setProductionWeight(deployment: Deployment, percent: number, {targetGroups, clock}: CodeDeployWorld): void {
  const {sets, group} = deployment
  deployment.weight = percent
  deployment.updatedAt = clock.now()
  if (sets?.replacement === undefined) return
  const shares = {to: targetGroupOf(sets.replacement), percent, rest: targetGroupOf(sets.original)}
  route(pairOf(group).prodTrafficRoute?.listenerArns, shares, targetGroups)
}

function* hook(lambda: string, {group}: Deployment, {lambdas, timing}: CodeDeployWorld): Course {
  const {answer, afterSeconds} = lambdas.of(lambda)
  if (answer === 'denied') throw hookDenied(group.settings.serviceRoleArn ?? '')
  yield answer === 'never' ? timing.hook : Math.min(afterSeconds * 1000, timing.hook)
  if (answer === 'never' || afterSeconds * 1000 >= timing.hook) throw hookSilent()
  if (answer === 'Failed') throw hookFailed()
}

/**
 * Ready, where the group has production traffic wait for somebody: with CONTINUE_DEPLOYMENT nothing is waited for
 * (documented). That the wait comes after the test traffic is not confirmed.
 */
function* readyWait(deployment: Deployment, world: CodeDeployWorld): Course {
  const {actionOnTimeout, waitTimeInMinutes = 0} =
    deployment.group.settings.blueGreenDeploymentConfiguration?.deploymentReadyOption ?? {}
  if (actionOnTimeout !== 'STOP_DEPLOYMENT') return
  deployment.status = 'Ready'
  if (!(yield* waitFor('READY_WAIT', waitTimeInMinutes, deployment, world))) throw notContinued(waitTimeInMinutes)
  deployment.status = 'InProgress'
}

function* terminate(deployment: Deployment, world: CodeDeployWorld): Course {
  const {action, terminationWaitTimeInMinutes = 0} =
    deployment.group.settings.blueGreenDeploymentConfiguration?.terminateBlueInstancesOnDeploymentSuccess ?? {}
  const {sets} = deployment
  if (action === 'KEEP_ALIVE' || sets === undefined) return
  deployment.waitsToTerminate = true
  deployment.status = world.variants.statusInTerminationWait
  yield* waitFor('TERMINATION_WAIT', terminationWaitTimeInMinutes, deployment, world)
  world.taskSets.delete(sets.service, sets.original)
  while (world.variants.succeeds === 'when-gone' && sets.service.taskSets.includes(sets.original))
    yield world.timing.poll
}

/** Waits until the time is over or somebody continues the deployment; whether somebody did. */
function* waitFor(
  kind: NonNullable<Deployment['waitsFor']>,
  minutes: number,
  deployment: Deployment,
  {clock, timing}: CodeDeployWorld
): Generator<number, boolean, undefined> {
  const end = clock.now() + minutes * minute
  deployment.waitsFor = kind
  deployment.updatedAt = clock.now()
  while (deployment.waitsFor === kind && clock.now() < end) yield Math.min(timing.poll, end - clock.now())
  const isContinued = deployment.waitsFor !== kind
  delete deployment.waitsFor
  return isContinued
}
