import {partition} from '@aws-sdk/core/client'

/** `web:42` of `arn:aws:ecs:eu-west-1:111122223333:task-definition/web:42`; reaches other jobs even if the account is masked. */
export function familyAndRevision(taskDefinitionArn: string): string {
  return lastPart(taskDefinitionArn)
}

/** The last part of an ARN: a service's, cluster's or deployment's own name. */
export function lastPart(arn: string): string {
  return arn.split('/').pop() ?? arn
}

/** The region in an ARN; empty where it names none. */
export function regionOf(arn: string): string {
  return arn.split(':')[3] ?? ''
}

/** The form of a region's name, such as `eu-central-1`, for regular expressions. */
export const REGION = '[a-z]{2,}(?:-[a-z]+)+-\\d+'

/** The partition that a region is in, such as `aws` or `aws-cn`, as the SDK knows it; `aws` for a region that it does not know. */
export function partitionOf(region: string): string {
  return partition(region).name
}

/**
 * What the hosts of the ECR registries in a region end in, plain and dual-stack. The dual-stack form is documented for the
 * commercial and the Chinese regions; the others are taken to be alike.
 */
export function registrySuffixes(region: string): string[] {
  const {dnsSuffix, dualStackDnsSuffix} = partition(region)
  return [dnsSuffix, `on.${dualStackDnsSuffix.replace(/^api\./, '')}`]
}

/** Hosts of the AWS console by partition, after the region. The isolated partitions have none that is known in public. */
const CONSOLES: Readonly<Record<string, string>> = {
  aws: 'console.aws.amazon.com',
  'aws-cn': 'console.amazonaws.cn',
  'aws-eusc': 'console.amazonaws-eusc.eu',
  'aws-us-gov': 'console.amazonaws-us-gov.com'
}

/** Where the console shows a deployment of CodeDeploy; `undefined` in a partition whose console is not known. */
export function codeDeployUrl(region: string, deploymentId: string): string | undefined {
  const host = CONSOLES[partitionOf(region)]
  const path = `codesuite/codedeploy/deployments/${encodeURIComponent(deploymentId)}`
  return host === undefined ? undefined : `https://${region}.${host}/${path}?region=${encodeURIComponent(region)}`
}

/**
 * Where the console shows a deployment of a service.
 * @param serviceDeploymentArn without it, the list of the service's deployments
 * @returns `undefined` in a partition whose console is not known
 */
export function consoleUrl(
  region: string,
  cluster: string,
  service: string,
  serviceDeploymentArn?: string
): string | undefined {
  const host = CONSOLES[partitionOf(region)]
  if (host === undefined) return undefined
  const path = ['ecs', 'v2', 'clusters', cluster, 'services', service, 'deployments']
  if (serviceDeploymentArn !== undefined) path.push(lastPart(serviceDeploymentArn))
  return `https://${region}.${host}/${path.map(encodeURIComponent).join('/')}?region=${encodeURIComponent(region)}`
}
