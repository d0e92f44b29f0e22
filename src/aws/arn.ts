/** `web:42` of `arn:aws:ecs:eu-west-1:111122223333:task-definition/web:42`; reaches other jobs even if the account is masked. */
export function familyAndRevision(taskDefinitionArn: string): string {
  return lastPart(taskDefinitionArn)
}

/** The last part of an ARN: a service's, cluster's or deployment's own name. */
export function lastPart(arn: string): string {
  return arn.split('/').pop() ?? arn
}

/** The form of a region's name, such as `eu-central-1`, for regular expressions. */
export const REGION = '[a-z]{2,}(?:-[a-z]+)+-\\d+'

/** Hosts of the AWS console by partition; the part before the region differs. */
const CONSOLES: readonly {readonly prefix: string; readonly host: (region: string) => string}[] = [
  {prefix: 'cn-', host: region => `${region}.console.amazonaws.cn`},
  {prefix: 'eusc-', host: region => `${region}.console.amazonaws-eusc.eu`},
  {prefix: 'us-gov-', host: region => `${region}.console.amazonaws-us-gov.com`},
  {prefix: '', host: region => `${region}.console.aws.amazon.com`}
]

/**
 * Where the console shows a deployment of a service.
 * @param serviceDeploymentArn without it, the list of the service's deployments
 */
export function consoleUrl(region: string, cluster: string, service: string, serviceDeploymentArn?: string): string {
  const host = CONSOLES.find(({prefix}) => region.startsWith(prefix))?.host(region) ?? ''
  const path = ['ecs', 'v2', 'clusters', cluster, 'services', service, 'deployments']
  if (serviceDeploymentArn !== undefined) path.push(lastPart(serviceDeploymentArn))
  return `https://${host}/${path.map(encodeURIComponent).join('/')}?region=${encodeURIComponent(region)}`
}
