/** How long things take in ECS, in milliseconds. */
export interface Timing {
  /** Between two looks of the service scheduler at a service that is not settled (observed: about 10 s). */
  readonly scheduler: number
  /** From the creation of a service revision to that of its service deployment (observed: 1.6 s). */
  readonly revisionLead: number
  /** From a service deployment's creation to IN_PROGRESS (observed: 1.6 s). */
  readonly deploymentPending: number
  /** Until a new service deployment shows up in ListServiceDeployments and in the service (observed to be late, not how late). */
  readonly deploymentListed: number
  /** From a stop request to STOPPED, and from a rollback request to its start. */
  readonly deploymentStop: number
  /** PROVISIONING: placement and network interface. */
  readonly provisioning: number
  /** Pulling an image, unless a behaviour says otherwise. */
  readonly pull: number
  /**
   * ACTIVATING: from the containers' start to RUNNING. Between 30 s and 41 s are seen from the start of a task to the
   * registration of its target, so it takes about this long; one task was seen to take 33 s.
   */
  readonly activating: number
  /** From the start to the first good container health check. */
  readonly containerHealthy: number
  /** From registering a target to its first health check; it is healthy after one more interval of its target group. */
  readonly targetRegistration: number
  /** How long a task without target group and health check has to run before it counts as healthy (documented: 40 s). */
  readonly stable: number
  /** From the stop of a task to the deregistration of its targets (observed: 1.6 s to 10 s). */
  readonly deregistration: number
  /** From SIGTERM to the exit of a container that obeys; an example, containers differ. */
  readonly containerStop: number
  /**
   * STOPPING: from the exit of the containers to DEPROVISIONING. With the 30 s until a container is killed it makes the
   * 47 s that were seen; with the deregistration delay the 62 s seen from the stop of old tasks to the end of a deployment.
   */
  readonly stopReported: number
  /** DEPROVISIONING: network interface (observed: 10 s). */
  readonly deprovisioning: number
  /** How long alarms are watched once all is in place, where the service does not say; ECS computes less than 5 min. */
  readonly bake: number
  /** How long a stopped task can be described (documented: at least an hour). */
  readonly stoppedTaskKept: number
  /** How long a deleted service is described as INACTIVE. */
  readonly inactiveServiceKept: number
  /** First delay of restarts that are held back; it doubles up to `longestRestartDelay`. */
  readonly firstRestartDelay: number
  /** From a task that cannot be placed to the next try; it doubles up to `longestRestartDelay`. How long is not known. */
  readonly placementRetry: number
  /** Documented: 27 minutes. */
  readonly longestRestartDelay: number
  /** How many tasks in a row may die before RUNNING until restarts are held back. */
  readonly freeRestarts: number
  /** How long an event is held back that was there already, and between two "steady state" events (documented: 6 h). */
  readonly repeatedEvent: number
}

/** Durations close to what was seen of Fargate services behind an Application Load Balancer. */
export const observedTiming: Timing = {
  scheduler: 10_000,
  revisionLead: 1600,
  deploymentPending: 1600,
  deploymentListed: 3000,
  deploymentStop: 2000,
  provisioning: 10_000,
  pull: 6000,
  activating: 13_000,
  containerHealthy: 15_000,
  targetRegistration: 5000,
  stable: 40_000,
  deregistration: 1500,
  containerStop: 2000,
  stopReported: 16_000,
  deprovisioning: 10_000,
  bake: 3 * 60_000,
  stoppedTaskKept: 3_600_000,
  inactiveServiceKept: 3_600_000,
  firstRestartDelay: 30_000,
  placementRetry: 60_000,
  longestRestartDelay: 27 * 60_000,
  freeRestarts: 5,
  repeatedEvent: 6 * 3_600_000
}
