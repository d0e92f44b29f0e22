import type {Rollout} from './rollout.ts'

/** A deployment of ours, as UpdateService's answer tells it; what is followed. */
export interface StartedDeployment {
  readonly service: {readonly name: string; readonly arn: string; readonly clusterArn: string}
  /** `ecs-svc/…`, the id of the primary deployment in the answer. */
  readonly deploymentId: string
  readonly taskDefinitionArn: string
  /** What the service ran before; `undefined` where that is not known. */
  readonly previousTaskDefinitionArn: string | undefined
  /** When ECS created the deployment, by ECS's clock. */
  readonly startedAt: Date
  /** The number of tasks that the service shall run. */
  readonly desiredCount: number
  /** The service ran this revision already or was on its way to it, so that nothing new was started. */
  readonly joined: boolean
  /**
   * The number of tasks that was asked for where the service ran this revision already and only its number of tasks was
   * changed; `undefined` where it was not.
   */
  readonly scaledTo: number | undefined
  /** The image that is released, and the containers that have it. */
  readonly image: {readonly reference: string; readonly containers: readonly string[]}
  readonly rollout: Rollout
}
