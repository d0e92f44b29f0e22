import type {Deployment, Service} from '@aws-sdk/client-ecs'
import type {RevisionToRun} from '../check/revision.ts'
import {rolloutOf} from '../follow/rollout.ts'
import type {StartedDeployment} from '../follow/started.ts'

/**
 * A deployment that is on its way already, to be followed from now on. Pure.
 * @param current the service that lists it
 */
export function joined(
  current: Service,
  {id = '', taskDefinition = ''}: Deployment,
  image: RevisionToRun['image'],
  now: Date
): StartedDeployment {
  const {serviceName = '', serviceArn = '', clusterArn = '', desiredCount = 0, deployments = []} = current
  const others = deployments.filter(other => other.id !== id)
  const before = others.find(({rolloutState}) => rolloutState === 'COMPLETED') ?? others[0]
  return {
    service: {name: serviceName, arn: serviceArn, clusterArn},
    deploymentId: id,
    taskDefinitionArn: taskDefinition,
    previousTaskDefinitionArn: before?.taskDefinition,
    startedAt: now,
    desiredCount,
    joined: true,
    scaledTo: undefined,
    image,
    rollout: rolloutOf(current)
  }
}
