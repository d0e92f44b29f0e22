import type {LoadBalancer} from '@aws-sdk/client-ecs'
import type {TargetGroups} from '../target-groups.ts'
import type {TaskSet} from '../ecs/task-set.ts'
import {notBehindListener} from './failure.ts'
import {type DeploymentGroup, pairOf} from './model.ts'

/** The target group that a task set registers its tasks in. */
export function targetGroupOf({configuration}: TaskSet): string {
  return configuration.loadBalancers[0]?.targetGroupArn ?? ''
}

/** The name in a target group's ARN. */
export function targetGroupName(arn: string): string {
  return arn.split('/')[1] ?? ''
}

/**
 * What the replacement of a task set is put behind: the other target group of the pair.
 * @throws DeploymentFailure when the production listener does not forward to the original's
 */
export function otherTargetGroup(
  group: DeploymentGroup,
  original: TaskSet,
  targetGroups: TargetGroups
): Pick<LoadBalancer, 'targetGroupArn'> {
  const {targetGroups: pair = [], prodTrafficRoute} = pairOf(group)
  const [listener = ''] = prodTrafficRoute?.listenerArns ?? []
  const serving = targetGroupOf(original)
  const other = pair.find(({name}) => name !== targetGroupName(serving))
  const isInPair = pair.some(({name}) => name === targetGroupName(serving))
  const rule = targetGroups.rules.all().find(({listenerArn}) => listenerArn === listener)
  const forwards = rule?.forwards.some(({targetGroupArn, weight}) => targetGroupArn === serving && weight > 0)
  if (!isInPair || forwards === false) throw notBehindListener(listener)
  return {targetGroupArn: targetGroups.all().find(({name}) => name === other?.name)?.arn}
}

/**
 * Sends a share of what comes to listeners to one target group, the rest to another. Listeners that nobody made change
 * nothing.
 * @param percent of the first one
 */
export function route(
  listeners: readonly string[] | undefined,
  shares: {readonly to: string; readonly percent: number; readonly rest: string},
  {rules}: TargetGroups
): void {
  const {to, percent, rest} = shares
  for (const rule of rules.all().filter(({listenerArn}) => listeners?.includes(listenerArn))) {
    rule.forwards = [
      {targetGroupArn: to, weight: percent},
      {targetGroupArn: rest, weight: 100 - percent}
    ]
  }
}
