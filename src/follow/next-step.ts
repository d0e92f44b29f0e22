import {familyAndRevision, lastPart, regionOf} from '../aws/arn.ts'
import type {ActionReference} from '../workflow/event.ts'
import {oneLine} from '../workflow/text.ts'

/** A step of a workflow with one of this action's sub-actions. */
export interface NextStep {
  /** The sub-action's folder. */
  readonly uses: 'continue' | 'rollback'
  readonly with: Readonly<Record<string, string>>
}

/** What the step and the command are for. */
export const TO_CONTINUE =
  'To continue the deployment, use this step or the command below it; to roll it back, `action: rollback` or `--action ROLLBACK`:'

/**
 * The step, and the commands of the AWS CLI, one a line, that continue a paused deployment. Pure.
 * @param ids those of the pauses; without a `hook-id` the step continues all that wait
 */
export function howToContinue(
  serviceArn: string,
  serviceDeploymentArn: string,
  ...ids: readonly string[]
): {readonly step: NextStep; readonly command: string} {
  const region = regionOf(serviceArn)
  const [id = '', ...others] = ids.map(oneLine)
  const which = others.length === 0 ? {'hook-id': id} : {}
  const commands = [id, ...others].map(
    hookId =>
      `aws ecs continue-service-deployment --region ${region} --service-deployment-arn ${serviceDeploymentArn} --hook-id ${hookId} --action CONTINUE`
  )
  return {
    step: {
      uses: 'continue',
      with: {'aws-region': region, 'service-deployment-arn': serviceDeploymentArn, ...which}
    },
    command: commands.join('\n')
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
  const all = reference?.role === undefined ? inputs : {'role-to-assume': reference.role, ...inputs}
  return [`- uses: ${action}`, '  with:', ...Object.entries(all).map(([name, value]) => `    ${name}: ${value}`)]
}
