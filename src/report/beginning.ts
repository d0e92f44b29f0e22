import {familyAndRevision} from '../aws/arn.ts'
import type {StartedDeployment} from '../follow/started.ts'
import {count} from '../workflow/text.ts'
import type {Work} from './story.ts'

/** What begins with a deployment, in a few words. Pure. */
export function beginning(
  {service, taskDefinitionArn, joined, scaledTo, wayBack}: StartedDeployment,
  cluster: string,
  work: Work
): string {
  const revision = familyAndRevision(taskDefinitionArn)
  const where = `${service.name} in ${cluster}`
  if (wayBack === 'withdrawn') return `Rolling ${where} back from ${revision}`
  if (work === 'Continuing') return `Following the deployment of ${revision} to ${where}`
  if (scaledTo !== undefined) return `Scaling ${where} to ${count(scaledTo, 'task')} of ${revision}`
  return joined ? `${where} has ${revision} already` : `Deploying ${revision} to ${where}`
}
