import type {CodeDeployGroup} from '../aws/codedeploy.ts'
import type {Rollout} from './rollout.ts'

/** A deployment of ours, as the answer to the update tells it; what is followed. */
export interface StartedDeployment {
  readonly service: {readonly name: string; readonly arn: string; readonly clusterArn: string}
  /** `ecs-svc/…`, the id of the primary deployment in the answer; `d-…` of CodeDeploy. */
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
  /**
   * Set where the service is to go back: the deployment was `withdrawn`, so that ECS itself turns back from it, or an earlier
   * revision was `redeployed` with it.
   */
  readonly wayBack?: 'withdrawn' | 'redeployed'
  /** Where CodeDeploy deploys the service. */
  readonly codeDeploy?: CodeDeployDeployment
}

export interface CodeDeployDeployment {
  readonly group: CodeDeployGroup
  /** `d-…`; `undefined` where the service runs the revision already, so that there is none. */
  readonly id: string | undefined
}
