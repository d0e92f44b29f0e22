import type {CapacityProvider} from '@aws-sdk/client-ecs'

/** What managed scaling does for tasks that find no room. */
export interface Scaling {
  /** The names of the capacity providers that scale. */
  readonly providers: readonly string[]
  /** How many instances are started first; `undefined` where several providers divide the tasks among them. */
  readonly instances: number | undefined
}

/** From none, managed scaling starts two instances (AWS, "Deep dive on Amazon ECS cluster auto scaling"). */
const FIRST_INSTANCES = 2

/**
 * What managed scaling will start: as many instances of the largest kind there is as the missing tasks need, within the
 * steps that the capacity provider sets; whether its Auto Scaling group may grow by them is not known.
 * @param providers those that the service uses
 * @param missing how many tasks find no room
 * @param tasksEach how many fit on an instance without others
 * @param instances how many there are now
 * @returns `undefined` where no provider scales, or where instances like those there do not help
 */
export function scalingOf(
  providers: readonly CapacityProvider[],
  missing: number,
  tasksEach: number,
  instances: number
): Scaling | undefined {
  const scaling = providers.filter(
    ({status, autoScalingGroupProvider}) =>
      status === 'ACTIVE' && autoScalingGroupProvider?.managedScaling?.status === 'ENABLED'
  )
  const [only, ...others] = scaling
  if (only === undefined || (instances > 0 && tasksEach === 0)) return undefined
  const names = scaling.map(({name = ''}) => name)
  if (others.length > 0) return {providers: names, instances: undefined}
  if (instances === 0) return {providers: names, instances: FIRST_INSTANCES}
  const {minimumScalingStepSize: least = 1, maximumScalingStepSize: most = 10_000} =
    only.autoScalingGroupProvider?.managedScaling ?? {}
  return {providers: names, instances: Math.min(most, Math.max(least, Math.ceil(missing / tasksEach)))}
}
