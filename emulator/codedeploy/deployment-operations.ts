import {createHash} from 'node:crypto'
import * as sdk from '@aws-sdk/client-codedeploy'
import {type Operations, operationOf} from '../service.ts'
import {AppSpecError, readAppSpec} from './app-spec.ts'
import {checkService} from './application-operations.ts'
import {codeDeployError, required} from './errors.ts'
import {batch, deploymentOf, findDeployment, groupOf, page} from './find.ts'
import {type Deployment, isOver} from './model.ts'
import type {DeploymentRuns} from './runs.ts'
import {deploymentView, targetId, targetView} from './views.ts'
import {type CodeDeployWorld, groupsOf} from './world.ts'

/** The operations on deployments and their targets. */
export function deploymentOperations(world: CodeDeployWorld, runs: DeploymentRuns): Operations {
  return {...reads(world), ...changes(world, runs), ...operationsOnTargets(world)}
}

function reads(world: CodeDeployWorld): Operations {
  return {
    GetDeployment: operationOf(sdk.GetDeployment$, (input: sdk.GetDeploymentInput): sdk.GetDeploymentOutput => ({
      deploymentInfo: deploymentView(deploymentOf(world, input.deploymentId))
    })),
    BatchGetDeployments: operationOf(
      sdk.BatchGetDeployments$,
      (input: sdk.BatchGetDeploymentsInput): sdk.BatchGetDeploymentsOutput => ({
        deploymentsInfo: batch(input.deploymentIds, 25)
          .map(id => findDeployment(world, id))
          .filter(deployment => deployment !== undefined)
          .map(deploymentView)
      })
    ),
    ListDeployments: operationOf(sdk.ListDeployments$, (input: sdk.ListDeploymentsInput): sdk.ListDeploymentsOutput => {
      const {items, ...rest} = page(list(world, input), input.nextToken)
      return {deployments: items.map(({id}) => id), ...rest}
    })
  }
}

/** Those that fit, newest first. */
function list(world: CodeDeployWorld, input: sdk.ListDeploymentsInput): readonly Deployment[] {
  const {applicationName, deploymentGroupName, includeOnlyStatuses = [], createTimeRange = {}} = input
  const groups =
    applicationName === undefined && deploymentGroupName === undefined
      ? groupsOf(world)
      : [groupOf(world, {applicationName, deploymentGroupName})]
  const {start = new Date(0), end = new Date(8.64e15)} = createTimeRange
  return groups
    .flatMap(({deployments}) => deployments)
    .filter(({status}) => includeOnlyStatuses.length === 0 || includeOnlyStatuses.includes(status))
    .filter(({createdAt}) => createdAt >= start.getTime() && createdAt <= end.getTime())
    .sort((one, other) => other.createdAt - one.createdAt)
}

function changes(world: CodeDeployWorld, runs: DeploymentRuns): Operations {
  return {
    CreateDeployment: operationOf(
      sdk.CreateDeployment$,
      (input: sdk.CreateDeploymentInput): sdk.CreateDeploymentOutput => ({deploymentId: create(world, runs, input).id})
    ),
    StopDeployment: operationOf(sdk.StopDeployment$, (input: sdk.StopDeploymentInput): sdk.StopDeploymentOutput => {
      runs.stop(unfinished(world, input.deploymentId), input.autoRollbackEnabled)
      // Of an example in the AWS CLI's reference; what stands here for ECS is not confirmed.
      return {
        status: 'Succeeded',
        statusMessage: 'No more commands will be scheduled for execution in the deployment instances'
      }
    }),
    ContinueDeployment: operationOf(sdk.ContinueDeployment$, (input: sdk.ContinueDeploymentInput): object => {
      const deployment = unfinished(world, input.deploymentId)
      if (deployment.waitsFor === undefined || deployment.waitsFor !== (input.deploymentWaitType ?? 'READY_WAIT')) {
        // The text is not confirmed.
        throw codeDeployError(
          'DeploymentIsNotInReadyState',
          "The deployment does not have a status of Ready and can't continue yet."
        )
      }
      delete deployment.waitsFor
      return {}
    })
  }
}

/** @throws AwsError DeploymentAlreadyCompletedException, its text not confirmed */
function unfinished(world: CodeDeployWorld, id: string | undefined): Deployment {
  const deployment = deploymentOf(world, id)
  if (isOver(deployment)) {
    throw codeDeployError('DeploymentAlreadyCompleted', `The deployment ${deployment.id} has already completed.`)
  }
  return deployment
}

function create(world: CodeDeployWorld, runs: DeploymentRuns, input: sdk.CreateDeploymentInput): Deployment {
  const group = groupOf(world, input)
  const config = input.deploymentConfigName === undefined ? group.config : world.configs.get(input.deploymentConfigName)
  // The limit is the model's, the text is not confirmed; nor is which error the mode RESTART has.
  if ((input.description ?? '').length > 512)
    throw codeDeployError('DescriptionTooLong', 'The description is too long.')
  if (input.deploymentMode === 'RESTART') {
    throw codeDeployError('InvalidInput', 'The deployment mode RESTART is not supported for the ECS compute platform.')
  }
  checkRevision(world, input.revision)
  checkService(world, group.settings.ecsServices?.[0])
  const active = group.deployments.find(deployment => !isOver(deployment))
  if (active !== undefined) {
    throw codeDeployError(
      'DeploymentLimitExceeded',
      `The Deployment Group '${group.name}' already has an active Deployment '${active.id}'`
    )
  }
  return runs.start({
    group,
    config,
    revision: input.revision,
    description: input.description,
    autoRollback: input.autoRollbackConfiguration ?? group.settings.autoRollbackConfiguration ?? {enabled: false},
    overriddenAlarms: input.overrideAlarmConfiguration
  })
}

function checkRevision({variants}: CodeDeployWorld, revision: sdk.RevisionLocation | undefined): void {
  if (revision === undefined) throw codeDeployError('RevisionRequired', 'RevisionLocation must be specified')
  const {revisionType, appSpecContent} = revision
  if (revisionType !== 'AppSpecContent') {
    throw codeDeployError('InvalidRevision', 'This emulator takes revisions of the type AppSpecContent only.')
  }
  const content = required(appSpecContent?.content, 'InvalidRevision', 'content of the AppSpec file')
  const digest = createHash('sha256').update(content).digest('hex')
  // The text is not confirmed.
  if ((appSpecContent?.sha256 ?? digest) !== digest) {
    throw codeDeployError('InvalidRevision', 'The sha256 of the AppSpec content does not match the content.')
  }
  if (variants.appSpecChecked === 'in-deployment') return
  try {
    readAppSpec(content)
  } catch (error) {
    throw error instanceof AppSpecError ? codeDeployError('InvalidRevision', error.message) : error
  }
}

function operationsOnTargets(world: CodeDeployWorld): Operations {
  return {
    ListDeploymentTargets: operationOf(
      sdk.ListDeploymentTargets$,
      (input: sdk.ListDeploymentTargetsInput): sdk.ListDeploymentTargetsOutput => ({
        targetIds: [targetId(started(world, input.deploymentId))]
      })
    ),
    GetDeploymentTarget: operationOf(
      sdk.GetDeploymentTarget$,
      (input: sdk.GetDeploymentTargetInput): sdk.GetDeploymentTargetOutput => ({
        deploymentTarget: target(started(world, input.deploymentId), input.targetId)
      })
    ),
    BatchGetDeploymentTargets: operationOf(
      sdk.BatchGetDeploymentTargets$,
      (input: sdk.BatchGetDeploymentTargetsInput): sdk.BatchGetDeploymentTargetsOutput => {
        const deployment = started(world, input.deploymentId)
        const ids = required(input.targetIds, 'DeploymentTargetIdRequired', 'target ID')
        return {deploymentTargets: ids.map(id => target(deployment, id))}
      }
    )
  }
}

/** @throws AwsError DeploymentNotStartedException, its text not confirmed */
function started(world: CodeDeployWorld, id: string | undefined): Deployment {
  const deployment = deploymentOf(world, id)
  if (deployment.startedAt !== undefined || isOver(deployment) || world.variants.targetsBeforeStart) return deployment
  throw codeDeployError('DeploymentNotStarted', `The deployment ${deployment.id} has not started.`)
}

/** @throws AwsError DeploymentTargetIdRequiredException, DeploymentTargetDoesNotExistException; texts not confirmed */
function target(deployment: Deployment, id: string | undefined): sdk.DeploymentTarget {
  if (required(id, 'DeploymentTargetIdRequired', 'target ID') === targetId(deployment)) return targetView(deployment)
  throw codeDeployError('DeploymentTargetDoesNotExist', `The deployment has no target ${id ?? ''}.`)
}
