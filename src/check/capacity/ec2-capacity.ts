import type {Check} from '../check.ts'
import {lackOf} from './lack.ts'
import {pathOf, sentence} from './sentence.ts'

/**
 * ECS places tasks itself, and network interfaces are not counted, so that it may go differently: a warning. With several
 * capacity providers, what there is on all of them counts, and not how ECS divides the tasks among them.
 */
export const ec2Capacity: Check = {
  name: 'ec2-capacity',
  finds:
    'container instances without room for the tasks of a deployment (CPU, memory, host ports, GPUs, attributes, placement ' +
    'constraints), and what managed scaling will do about it',
  level: 'warning',
  needs: ['ecs:ListContainerInstances', 'ecs:DescribeContainerInstances', 'ecs:DescribeCapacityProviders'],
  run: situation => {
    const lack = lackOf(situation)
    if (lack === undefined) return []
    const path = pathOf(lack, situation.definition.json)
    return [{message: sentence(lack), ...(path && {path})}]
  }
}
