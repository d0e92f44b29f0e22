import type {CapacityProvider} from '@aws-sdk/client-ecs'

/** What the managed scaling of a capacity provider does for tasks that find no room. */
export interface Scaling {
  readonly provider: string
  /** How many instances it starts first. */
  readonly instances: number
}

/** From none, managed scaling starts two instances (Amazon ECS, "Deep dive on cluster auto scaling"). */
const FIRST_INSTANCES = 2

/**
 * What managed scaling will start: as many instances of the largest kind there is as the missing tasks need, within the
 * steps that the capacity provider sets; whether its Auto Scaling group may grow by them is not known.
 * @param missing how many tasks find no room
 * @param tasksEach how many fit on an instance without others
 * @param instances how many there are now
 * @returns `undefined` where no provider scales, where it is not one alone, or where instances like those there do not help
 */
export function scalingOf(
  providers: readonly CapacityProvider[],
  missing: number,
  tasksEach: number,
  instances: number
): Scaling | undefined {
  const [provider, ...others] = providers
  const scaling = provider?.autoScalingGroupProvider?.managedScaling
  if (scaling?.status !== 'ENABLED' || provider?.status !== 'ACTIVE' || others.length > 0) return undefined
  const name = provider.name ?? ''
  if (instances === 0) return {provider: name, instances: FIRST_INSTANCES}
  if (tasksEach === 0) return undefined
  const {minimumScalingStepSize: least = 1, maximumScalingStepSize: most = 10_000} = scaling
  return {provider: name, instances: Math.min(most, Math.max(least, Math.ceil(missing / tasksEach)))}
}
