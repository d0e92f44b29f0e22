/** What ECS does in cases that are not documented, or not always seen alike; may be changed at any time. */
export interface EcsVariants {
  /** What a failed deployment shows while its service is rolled back. Both were seen. */
  stateWhileRolledBack: 'FAILED' | 'IN_PROGRESS'
  /** Whose task definition a service has after a rollback: that of the deployment gone back to, or still the failed one's. */
  definitionAfterRollback: 'restored' | 'failed'
  /** Whether the circuit breaker watches a rollback too, so that one whose tasks fail ends ROLLBACK_FAILED. */
  breakerWatchesRollback: boolean
  /** How long a deregistered revision can still be given to a service, in milliseconds; documented are up to ten minutes. */
  inactiveDefinitionUsable: number
  /** The name of the refusal of an INACTIVE revision. Both were seen. */
  inactiveDefinitionError: 'ClientException' | 'InvalidParameterException'
  /** The name of the refusal of an empty list of tags. */
  emptyTagsError: 'ClientException' | 'InvalidParameterException'
  /** Whether the first task of a deployment goes alone until it has resolved the images' digests. Documented; not always seen. */
  firstTaskAlone: boolean
  /** The most items of a page, also where more are asked for; AWS may answer fewer. */
  largestPage: number
  /** Whether StopServiceDeployment takes ABORT, which the API names but does not explain: then all stays as it is. */
  abortStops: boolean
  /** Which hooks a service deployment shows: those of its current stage, or also those of the stages before. */
  hooksShown: 'stage' | 'all'
  /** Which stage a service deployment shows in a rollback: those that it goes back through, or the one in which it failed. */
  stageInRollback: 'back' | 'failed'
  /** Whether a service deployment that is over still shows its last stage. */
  stageAfterEnd: boolean
  /** What a service deployment gives as its reason when somebody answers a pause with ROLLBACK: that of a failed hook, or none. */
  pauseReason: 'hook' | 'absent'
  /** How many container instances each cluster has, each with room for all: without any, tasks are placed on Fargate only. */
  containerInstances: number
}

/** What is more likely, or better attested. */
export const likelyVariants: EcsVariants = {
  stateWhileRolledBack: 'FAILED',
  definitionAfterRollback: 'restored',
  breakerWatchesRollback: true,
  inactiveDefinitionUsable: 0,
  inactiveDefinitionError: 'ClientException',
  emptyTagsError: 'ClientException',
  firstTaskAlone: false,
  largestPage: Infinity,
  abortStops: false,
  hooksShown: 'stage',
  stageInRollback: 'back',
  stageAfterEnd: true,
  pauseReason: 'hook',
  containerInstances: 0
}
