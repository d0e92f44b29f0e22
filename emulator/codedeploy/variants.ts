/** What CodeDeploy does in cases that are not documented, or not always seen alike; may be changed at any time. */
export interface CodeDeployVariants {
  /** Whether the account may use CodeDeploy at all: new ones may not (observed), and get SubscriptionRequiredException for everything. */
  isSubscribed: boolean
  /** Whether an AppSpec file that cannot be used is refused at once, or fails the deployment. */
  appSpecChecked: 'at-creation' | 'in-deployment'
  /** Whether a deployment succeeds as soon as the original task set drains (observed once), or when that is gone. */
  succeeds: 'when-draining' | 'when-gone'
  /** What a deployment's status is while it waits to terminate the original task set: InProgress was observed, Baking has no description. */
  statusInTerminationWait: 'InProgress' | 'Baking'
  /** Whether targets can be asked for before the deployment has started. */
  targetsBeforeStart: boolean
}

/** What is more likely, or better attested. */
export const likelyVariants: CodeDeployVariants = {
  isSubscribed: true,
  appSpecChecked: 'at-creation',
  succeeds: 'when-draining',
  statusInTerminationWait: 'InProgress',
  targetsBeforeStart: false
}
