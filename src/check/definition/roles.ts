import {parseEcrHost, parseImage} from '../../image/repository.ts'
import {type Check, type Found, memberAt} from '../check.ts'
import type {Situation} from '../situation.ts'
import {containersIn, isForFargate, type Part, partIn, partsIn, textIn} from './parts.ts'

const FIX = '"executionRoleArn": "arn:aws:iam::111122223333:role/ecsTaskExecutionRole",'

export const executionRole: Check = {
  name: 'execution-role',
  finds:
    'no `executionRoleArn` where ECS needs one: for secrets, and on Fargate for images in ECR and the log driver `awslogs`',
  level: 'error',
  needs: [],
  run: situation => {
    if (textIn(situation.definition.json['executionRoleArn']) !== undefined) return []
    const containers = containersIn(situation)
    const [reason] = [
      ...containers.flatMap(container => secretsOf(situation, container)),
      ...(isForFargate(situation) ? containers.flatMap(container => neededOnFargate(situation, container)) : [])
    ]
    return reason === undefined ? [] : [withoutRole(situation, reason)]
  }
}

function withoutRole({definition}: Situation, reason: string): Found {
  return {
    message:
      `The task definition (${definition.name}) has no \`executionRoleArn\`, the role with which ECS prepares a task, but ` +
      `needs it for ${reason}: add it.`,
    path: ['executionRoleArn'],
    fix: FIX
  }
}

function secretsOf({definition}: Situation, container: Part): string[] {
  return partsIn(container, 'secrets')
    .slice(0, 1)
    .map(({path}) => `the secret ${memberAt(definition, path)}`)
}

function neededOnFargate({definition}: Situation, container: Part): string[] {
  const {value, path} = container
  const host = parseImage(textIn(value['image']) ?? '')?.host
  const isInEcr = host !== undefined && parseEcrHost(host) !== undefined
  const logs = partIn(container, 'logConfiguration').filter(({value: log}) => log['logDriver'] === 'awslogs')
  return [
    ...(isInEcr ? [`the image in ECR of ${memberAt(definition, path)}`] : []),
    ...logs.map(log => `the log driver \`awslogs\` of ${memberAt(definition, log.path)}`)
  ]
}
