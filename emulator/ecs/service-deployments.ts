import * as sdk from '@aws-sdk/client-ecs'
import type {EmulatorClock} from '../clock.ts'
import {AwsError, type Operations, operationOf} from '../service.ts'
import {type Clusters, serviceOf} from './clusters.ts'
import {invalidParameter} from './errors.ts'
import type {Deployment, Service, ServiceDeployment} from './model.ts'
import {answer} from './hooks.ts'
import {page} from './paging.ts'
import type {Rollout} from './rollout.ts'
import {isRunning} from './service-deployment.ts'
import {serviceDeploymentBrief, serviceDeploymentView, serviceRevisionView} from './service-view.ts'
import type {EcsVariants} from './variants.ts'

/** What the operations on service deployments work on. */
export interface ServiceDeploymentSurroundings {
  readonly clock: EmulatorClock
  readonly clusters: Clusters
  readonly rollout: Rollout
  readonly variants: EcsVariants
}

/** The operations on service deployments and service revisions. */
export function serviceDeploymentOperations(world: ServiceDeploymentSurroundings): Operations {
  return {
    ListServiceDeployments: operationOf(
      sdk.ListServiceDeployments$,
      (input: sdk.ListServiceDeploymentsRequest): sdk.ListServiceDeploymentsResponse => list(world, input)
    ),
    DescribeServiceDeployments: operationOf(
      sdk.DescribeServiceDeployments$,
      (input: sdk.DescribeServiceDeploymentsRequest): sdk.DescribeServiceDeploymentsResponse => {
        const {found, failures} = lookUp(input.serviceDeploymentArns, arn => findDeployment(world.clusters, arn))
        return {serviceDeployments: found.map(item => serviceDeploymentView(item, world.variants)), failures}
      }
    ),
    DescribeServiceRevisions: operationOf(
      sdk.DescribeServiceRevisions$,
      (input: sdk.DescribeServiceRevisionsRequest): sdk.DescribeServiceRevisionsResponse => {
        const {found, failures} = lookUp(input.serviceRevisionArns, arn => findRevision(world.clusters, arn))
        return {serviceRevisions: found.map(({service, revision}) => serviceRevisionView(service, revision)), failures}
      }
    ),
    StopServiceDeployment: operationOf(
      sdk.StopServiceDeployment$,
      (input: sdk.StopServiceDeploymentRequest): sdk.StopServiceDeploymentResponse => {
        return {serviceDeploymentArn: stop(world, input).arn}
      }
    ),
    ContinueServiceDeployment: operationOf(
      sdk.ContinueServiceDeployment$,
      (input: sdk.ContinueServiceDeploymentRequest): sdk.ContinueServiceDeploymentResponse => {
        return {serviceDeploymentArn: goOn(world, input).arn}
      }
    )
  }
}

function allServices(clusters: Clusters): readonly Service[] {
  return clusters.all().flatMap(cluster => [...cluster.services.values()])
}

function findDeployment(clusters: Clusters, arn: string): ServiceDeployment | undefined {
  return allServices(clusters)
    .flatMap(service => service.serviceDeployments)
    .find(deployment => deployment.arn === arn)
}

function findRevision(clusters: Clusters, arn: string): {service: Service; revision: Deployment} | undefined {
  return allServices(clusters)
    .flatMap(service => service.deployments.map(revision => ({service, revision})))
    .find(({revision}) => revision.revisionArn === arn)
}

/** What is there by ARN, and a failure for each that is not. */
function lookUp<Item>(
  arns: readonly string[] | undefined,
  find: (arn: string) => Item | undefined
): {found: Item[]; failures: sdk.Failure[]} {
  // The limit is documented, the text is not.
  if ((arns ?? []).length > 20) throw invalidParameter('At most 20 ARNs can be described.')
  const found = (arns ?? []).map(arn => ({arn, item: find(arn)}))
  return {
    found: found.flatMap(({item}) => (item === undefined ? [] : [item])),
    failures: found.filter(({item}) => item === undefined).map(({arn}) => ({arn, reason: 'MISSING'}))
  }
}

function list(
  world: ServiceDeploymentSurroundings,
  input: sdk.ListServiceDeploymentsRequest
): sdk.ListServiceDeploymentsResponse {
  const service = serviceOf(world.clusters.get(input.cluster), input.service ?? '')
  const {after = new Date(0), before = new Date(8.64e15)} = input.createdAt ?? {}
  const found = service.serviceDeployments
    .filter(deployment => deployment.listedAt <= world.clock.now())
    .filter(({createdAt}) => createdAt >= after.getTime() && createdAt <= before.getTime())
    .filter(({status}) => (input.status ?? []).length === 0 || input.status?.includes(status) === true)
  const {items, ...rest} = page(found, input, 20, world.variants)
  return {serviceDeployments: items.map(serviceDeploymentBrief), ...rest}
}

/** @throws AwsError ServiceDeploymentNotFoundException */
function existing({clusters}: ServiceDeploymentSurroundings, arn = ''): ServiceDeployment {
  const deployment = findDeployment(clusters, arn)
  if (deployment === undefined) {
    throw new AwsError('ServiceDeploymentNotFoundException', 'Service deployment not found.')
  }
  return deployment
}

function stop(world: ServiceDeploymentSurroundings, input: sdk.StopServiceDeploymentRequest): ServiceDeployment {
  const deployment = existing(world, input.serviceDeploymentArn)
  if (input.stopType === 'ABORT' && !world.variants.abortStops)
    throw new AwsError('UnsupportedFeatureException', 'The stop type ABORT is not supported.')
  if (deployment.finishedAt !== undefined) {
    // That this is what a finished deployment gets, and the text, are not confirmed.
    throw new AwsError('ConflictException', 'The service deployment is not in progress.')
  }
  if (input.stopType === 'ABORT') world.rollout.abort(deployment)
  else if (isRunning(deployment)) world.rollout.requestRollback(deployment)
  return deployment
}

/** Answers a pause; the words of the refusals are not known. */
function goOn(world: ServiceDeploymentSurroundings, input: sdk.ContinueServiceDeploymentRequest): ServiceDeployment {
  const deployment = existing(world, input.serviceDeploymentArn)
  const {hooks = [], pastHooks = []} = deployment.progress ?? {}
  const hook = [...hooks, ...pastHooks].find(({id}) => id === input.hookId)
  if (hook === undefined) throw invalidParameter('The lifecycle hook was not found.')
  if (hook.status !== 'AWAITING_ACTION' || deployment.status !== 'IN_PROGRESS') {
    throw invalidParameter('The lifecycle hook is not awaiting an action.')
  }
  answer(hook, input.action === 'ROLLBACK' ? 'FAILED' : 'SUCCEEDED')
  deployment.updatedAt = world.clock.now()
  world.rollout.changed(deployment.service)
  return deployment
}
