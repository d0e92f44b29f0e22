import type * as sdk from '@aws-sdk/client-ecs'

/**
 * How many failed tasks trip the deployment circuit breaker: a share of the desired count between 3 and 200 by default,
 * the same without these bounds (but at least one task), or a plain count.
 */
export function breakerThreshold(breaker: sdk.DeploymentCircuitBreaker | undefined, desiredCount: number): number {
  const {type = 'BOUNDED_PERCENT', value = 50} = breaker?.thresholdConfiguration ?? {}
  if (type === 'COUNT') return value
  const share = Math.ceil((desiredCount * value) / 100)
  return type === 'UNBOUNDED_PERCENT' ? Math.max(share, 1) : Math.min(Math.max(share, 3), 200)
}
