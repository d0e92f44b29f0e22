import type {Service} from '@aws-sdk/client-ecs'
import {DescribeTargetGroupsCommand, TargetGroupNotFoundException} from '@aws-sdk/client-elastic-load-balancing-v2'
import {ifAllowed} from '../../aws/allowed.ts'
import type {Aws} from '../../aws/clients.ts'
import type {World} from '../../world.ts'
import {type Check, memberAt} from '../check.ts'
import {isForFargate, networkMode} from '../definition/parts.ts'

/** A target group that the service registers its tasks in. */
export interface TargetGroup {
  readonly name: string
  /** `ip`, `instance` and others; `undefined` when there is no such group. */
  readonly type: string | undefined
  /** Whether a listener sends requests to it. */
  readonly isAttached: boolean
}

const ACTION = 'elasticloadbalancing:DescribeTargetGroups'

/**
 * Reads the target groups of a service, those that its deployments switch to included.
 * @returns those that may be read; `undefined` when none may
 */
export async function gatherTargetGroups(
  service: Service,
  {elb}: Pick<Aws, 'elb'>,
  {log, signal}: Pick<World, 'log' | 'signal'>
): Promise<TargetGroup[] | undefined> {
  const {strategy = 'ROLLING'} = service.deploymentConfiguration ?? {}
  const arns = (service.loadBalancers ?? []).flatMap(({targetGroupArn, advancedConfiguration}) =>
    // A service that rolls now may still name the one that it once switched to.
    [targetGroupArn, strategy === 'ROLLING' ? undefined : advancedConfiguration?.alternateTargetGroupArn].filter(
      arn => arn !== undefined
    )
  )
  // One missing group would leave a request for several without an answer.
  const groups = await Promise.all(arns.map(arn => ifAllowed(log, ACTION, () => readGroup(arn, elb, signal))))
  return groups.every(group => group !== undefined) ? groups : undefined
}

async function readGroup(arn: string, elb: Aws['elb'], abortSignal: AbortSignal): Promise<TargetGroup> {
  const name = /targetgroup\/([^/]+)/.exec(arn)?.[1] ?? arn
  try {
    const {TargetGroups = []} = await elb.send(new DescribeTargetGroupsCommand({TargetGroupArns: [arn]}), {abortSignal})
    const [group] = TargetGroups
    return {name, type: group?.TargetType, isAttached: (group?.LoadBalancerArns ?? []).length > 0}
  } catch (error) {
    if (!(error instanceof TargetGroupNotFoundException)) throw error
    return {name, type: undefined, isAttached: false}
  }
}

/** Tasks that cannot be registered are never healthy. */
export const targetGroupMissing: Check = {
  name: 'target-group',
  finds: 'a target group of the service that does not exist any more',
  level: 'error',
  needs: [ACTION],
  run: ({service, targetGroups = []}) =>
    targetGroups
      .filter(({type}) => type === undefined)
      .map(({name}) => ({
        message:
          `There is no target group ${name} any more, which the service ${service?.serviceName ?? ''} registers its tasks ` +
          'in: no task would become healthy, so create it again, or take it out of the service.'
      }))
}

/**
 * ECS: "The target group with targetGroupArn … does not have an associated load balancer." It says so when a service is made or
 * gets the group; a service may have lost the listener since, say to a page about maintenance.
 */
export const targetGroupListener: Check = {
  name: 'target-group-listener',
  finds: 'a target group of the service that no listener of a load balancer sends requests to',
  level: 'warning',
  needs: [ACTION],
  run: ({service, targetGroups = []}) =>
    targetGroups
      .filter(({type, isAttached}) => type !== undefined && !isAttached)
      .map(({name}) => ({
        message:
          `No listener of a load balancer sends requests to the target group ${name} of the service ` +
          `${service?.serviceName ?? ''}: its targets are not checked, so that tasks may never count as healthy; attach it to a ` +
          'listener or a rule of one, or take it out of the service.'
      }))
}

/** ECS: "The provided target group … has target type instance, which is incompatible with the awsvpc network mode". */
export const targetType: Check = {
  name: 'target-type',
  finds: 'a target group whose targets are not of the kind that the network mode makes',
  level: 'error',
  needs: [ACTION],
  run: situation => {
    const {service, definition, targetGroups = []} = situation
    const mode = networkMode(situation)
    const wanted = mode === 'awsvpc' ? 'ip' : 'instance'
    const path = ['networkMode']
    // On Fargate, which has no other mode, the mode itself is wrong.
    if (mode !== 'awsvpc' && isForFargate(situation)) return []
    return targetGroups
      .filter(({type}) => (type === 'ip' || type === 'instance') && type !== wanted)
      .map(({name, type}) => ({
        path,
        message:
          `${memberAt(definition, path)} is \`${mode}\`, but the target group ${name} of the service ` +
          `${service?.serviceName ?? ''} has the target type \`${type ?? ''}\`: ECS refuses the update, because with ` +
          `${mode} the targets are ${wanted === 'ip' ? 'IP addresses' : 'instances'}; use a target group of the type ` +
          `\`${wanted}\`, or another network mode.`
      }))
  }
}
