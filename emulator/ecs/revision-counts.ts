import type * as sdk from '@aws-sdk/client-ecs'
import {type Deployment, isPendingTask, isRunningTask} from './model.ts'

/** How many tasks a service revision has, and is to have. */
export type RevisionCounts = {arn: string} & Required<Omit<sdk.ServiceCurrentRevisionSummary, 'arn'>>

/** The counts of now. */
export function revisionCounts(deployment: Deployment): RevisionCounts {
  return {
    arn: deployment.revisionArn,
    requestedTaskCount: deployment.desiredCount,
    runningTaskCount: deployment.tasks.filter(isRunningTask).length,
    pendingTaskCount: deployment.tasks.filter(isPendingTask).length
  }
}
