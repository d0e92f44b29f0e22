import {familyAndRevision, lastPart, regionOf} from '../aws/arn.ts'
import type {ActionReference} from '../workflow/event.ts'
import {oneLine} from '../workflow/text.ts'

/** A step of a workflow with one of this action's sub-actions. */
export interface NextStep {
  /** The sub-action's folder. */
  readonly uses: 'continue' | 'rollback'
  readonly with: Readonly<Record<string, string>>
}

/** The step, and the command of the AWS CLI, that continues a paused deployment. Pure. */
export function howToContinue(
  serviceArn: string,
  serviceDeploymentArn: string,
  id: string
): {readonly step: NextStep; readonly command: string} {
  const region = regionOf(serviceArn)
  const hookId = oneLine(id)
  return {
    step: {
      uses: 'continue',
      with: {'aws-region': region, 'service-deployment-arn': serviceDeploymentArn, 'hook-id': hookId}
    },
    command: `aws ecs continue-service-deployment --region ${region} --service-deployment-arn ${serviceDeploymentArn} --hook-id ${hookId} --action CONTINUE`
  }
}

/** The step that takes a service back to a revision. Pure. */
export function howToGoBack(
  {name, arn, clusterArn}: {readonly name: string; readonly arn: string; readonly clusterArn: string},
  taskDefinitionArn: string
): NextStep {
  return {
    uses: 'rollback',
    with: {
      'aws-region': regionOf(arn),
      cluster: lastPart(clusterArn),
      service: name,
      to: familyAndRevision(taskDefinitionArn)
    }
  }
}

/** The step in YAML, line by line. Pure. @param reference `undefined` for an action in the repository of the workflow */
export function describeStep({uses, with: inputs}: NextStep, reference: ActionReference | undefined): string[] {
  const action = reference === undefined ? `./${uses}` : `${reference.repository}/${uses}@${reference.ref}`
  return [`- uses: ${action}`, '  with:', ...Object.entries(inputs).map(([name, value]) => `    ${name}: ${value}`)]
}
