import type {Service} from '@aws-sdk/client-ecs'
import {familyAndRevision} from '../../aws/arn.ts'
import {imageOf} from '../../definition/containers.ts'
import {containersOf} from '../../definition/definition.ts'
import type {JsonObject} from '../../definition/json.ts'
import {textOf} from '../../definition/json.ts'
import type {Check} from '../check.ts'
import type {Situation} from '../situation.ts'

/** A container of the revision that a service runs, whose image ECR does not have any more. */
export interface GoneImage {
  readonly container: string
  readonly image: string
}

/** Whether ECS goes back by itself when a deployment of the service fails. Pure. */
export function rollsBack({deploymentConfiguration = {}}: Pick<Service, 'deploymentConfiguration'>): boolean {
  const {deploymentCircuitBreaker: breaker, alarms} = deploymentConfiguration
  return (
    (breaker?.enable === true && breaker.rollback === true) || (alarms?.enable === true && alarms.rollback === true)
  )
}

/** The images of a definition, by container; those without one have none to lose. Pure. */
export function imagesOf(json: JsonObject): GoneImage[] {
  return containersOf(json).flatMap(container => {
    const image = imageOf(container)
    return image === undefined ? [] : [{container: textOf(container['name']), image}]
  })
}

/** A revision that was deregistered is refused as soon as ECS is to deploy it again. */
export const inactiveRevision: Check = {
  name: 'rollback-revision',
  finds: 'a revision to roll back to that is not active any more',
  level: 'warning',
  needs: ['ecs:DescribeTaskDefinition'],
  run: ({service, running}) => {
    if (service === undefined || running === undefined || running.status === 'ACTIVE') return []
    const revision = familyAndRevision(running.arn)
    return [
      {
        message: `${revision}, which ${service.serviceName ?? 'the service'} runs, is ${running.status}: if this release fails, ECS cannot go back to it, so leave revisions registered as long as a service may return to them.`
      }
    ]
  }
}

/** Tasks that are to be started again pull their image again. */
export const goneImage: Check = {
  name: 'rollback-image',
  finds: 'an image of the revision to roll back to that is not in ECR any more',
  level: 'warning',
  needs: ['ecr:BatchGetImage'],
  run: ({running, goneImages = []}: Situation) =>
    running === undefined
      ? []
      : goneImages.map(({container, image}) => ({
          message: `The image ${image} of ${container} in ${familyAndRevision(running.arn)} is not in ECR any more: if this release fails, tasks of the revision that runs now cannot be started again, so let the repository's lifecycle policy keep the images of past releases.`
        }))
}
