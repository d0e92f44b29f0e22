import {DescribeServicesCommand, type Service} from '@aws-sdk/client-ecs'
import type {Aws} from '../aws/clients.ts'
import type {ServiceToRelease} from '../check/services.ts'
import {Failure} from '../workflow/failure.ts'

/**
 * A service as it is now.
 * @throws Failure when it is not there any more; whatever the SDK throws otherwise
 */
export async function readService(service: ServiceToRelease, aws: Aws, abortSignal?: AbortSignal): Promise<Service> {
  const {services = []} = await aws.ecs.send(
    new DescribeServicesCommand({cluster: service.cluster.arn, services: [service.name]}),
    {...(abortSignal && {abortSignal})}
  )
  const [current] = services
  if (current === undefined) throw new Failure(`The service ${service.name} disappeared while it was being updated.`)
  return current
}
