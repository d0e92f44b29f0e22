import type {Page} from '../paging.ts'
import {pageOf} from '../paging.ts'
import {codeDeployError, required} from './errors.ts'
import type {Application, Deployment, DeploymentGroup} from './model.ts'
import {type CodeDeployWorld, groupsOf} from './world.ts'

/** @throws AwsError ApplicationNameRequiredException, ApplicationDoesNotExistException */
export function applicationOf({applications}: CodeDeployWorld, name: string | undefined): Application {
  const application = applications.get(required(name, 'ApplicationNameRequired', 'application name'))
  if (application === undefined) {
    throw codeDeployError('ApplicationDoesNotExist', `No application found for name: ${name ?? ''}`)
  }
  return application
}

/** @throws AwsError DeploymentGroupNameRequiredException, DeploymentGroupDoesNotExistException, those of the application */
export function groupOf(
  world: CodeDeployWorld,
  input: {readonly applicationName: string | undefined; readonly deploymentGroupName?: string | undefined}
): DeploymentGroup {
  const application = applicationOf(world, input.applicationName)
  const name = required(input.deploymentGroupName, 'DeploymentGroupNameRequired', 'deployment group name')
  const group = application.groups.get(name)
  if (group === undefined) {
    throw codeDeployError('DeploymentGroupDoesNotExist', `No Deployment Group found for name: ${name}`)
  }
  return group
}

/** The deployment with this id, `undefined` without one. */
export function findDeployment(world: CodeDeployWorld, id: string): Deployment | undefined {
  return groupsOf(world)
    .flatMap(({deployments}) => deployments)
    .find(deployment => deployment.id === id)
}

/** @throws AwsError DeploymentIdRequiredException, InvalidDeploymentIdException, DeploymentDoesNotExistException; texts not confirmed */
export function deploymentOf(world: CodeDeployWorld, id: string | undefined): Deployment {
  const given = required(id, 'DeploymentIdRequired', 'deployment ID')
  if (!/^d-[A-Z0-9]{9}$/.test(given)) {
    throw codeDeployError('InvalidDeploymentId', 'The deployment ID was specified in an invalid format.')
  }
  const deployment = findDeployment(world, given)
  if (deployment === undefined) {
    throw codeDeployError('DeploymentDoesNotExist', `The deployment ${given} could not be found`)
  }
  return deployment
}

/** A page of a list of CodeDeploy's, which all have up to 100 items. @throws AwsError InvalidNextTokenException */
export function page<Item>(all: readonly Item[], token: string | undefined): Page<Item> {
  return pageOf(all, 100, token, () =>
    codeDeployError('InvalidNextToken', 'The next token was specified in an invalid format.')
  )
}

/** The names of a batch. @throws AwsError BatchLimitExceededException */
export function batch(names: readonly string[] | undefined, most: number): readonly string[] {
  // The limits are documented, the text is not.
  if ((names ?? []).length > most) {
    throw codeDeployError(
      'BatchLimitExceeded',
      `The maximum number of names or IDs allowed for this request (${most}) was exceeded.`
    )
  }
  return names ?? []
}
