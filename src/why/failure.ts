import type {Aws} from '../aws/clients.ts'
import type {IfAllowed} from '../aws/reading.ts'

/** The deployment whose failures are looked for. */
export interface FailingDeployment {
  readonly service: {readonly name: string; readonly arn: string; readonly clusterArn: string}
  /** `ecs-svc/…`. */
  readonly deploymentId: string
  readonly taskDefinitionArn: string
}

/** One distinct failure of a deployment: tasks that stopped for the same reason, or that could not be placed. */
export interface TaskFailure {
  readonly kind: 'stopped' | 'not-placed'
  readonly stopCode: string | undefined
  /** In ECS's words: the stopped reason, or the event. */
  readonly reason: string
  /** Of the tasks that stopped, oldest first; none of those that were not placed. */
  readonly taskIds: readonly string[]
  /** Those that tell something: that failed, or that a health check was about. */
  readonly containers: readonly FailedContainer[]
  readonly targets: readonly FailedTarget[]
  /** What to do, in a sentence; `undefined` for a text that nobody knows. */
  readonly advice: string | undefined
  /** What in the task definition that is about; a member of the container where one is named. */
  readonly member: {readonly container: string | undefined; readonly name: string} | undefined
}

export interface FailedContainer {
  readonly name: string
  /** `undefined` when it never started, and where it says nothing, as ECS stopped it. */
  readonly exitCode: number | undefined
  readonly reason: string | undefined
  /** The container's own health check, where it failed. */
  readonly health: FailedHealthCheck | undefined
  readonly log: ContainerLog | undefined
}

export interface FailedHealthCheck {
  /** As the task definition has it; `undefined` where that could not be read. */
  readonly command: string | undefined
}

/** The end of a container's log; its place is empty where it is not in CloudWatch Logs. */
export interface ContainerLog {
  readonly group: string
  readonly stream: string
  readonly region: string
  /** Of bounded number and length, without control characters. Written by the user's program: not to be trusted. */
  readonly lines: readonly string[]
  /** Why there are no lines: `the log goes to FireLens (awsfirelens)`. */
  readonly note: string | undefined
}

/** A target that its load balancer does not take for healthy. */
export interface FailedTarget {
  /** Name of its target group. */
  readonly group: string
  readonly port: number | undefined
  /** As Elastic Load Balancing names it, such as `unhealthy`. */
  readonly state: string
  /** Elastic Load Balancing's reason code, such as `Target.Timeout`. */
  readonly reason: string | undefined
  /** In the words of Elastic Load Balancing. */
  readonly description: string | undefined
  /** What the health check asks for, such as `GET /health on port 8080 expects 200`. */
  readonly check: string | undefined
}

/** What is known of the failures so far. */
export interface Explanation {
  readonly failures: readonly TaskFailure[]
  /** Tasks are still stopping or log lines may still come: look again, also without news. */
  readonly unfinished: boolean
}

/** An event of the service. */
export interface ServiceEventLike {
  readonly message: string
}

/**
 * Looks again and answers all that was found so far. Never throws: all it calls only helps.
 * @param events of the service since the deployment began, oldest first
 * @param last nobody looks again: what is still stopping has to do, and late log lines are waited for briefly
 */
export type LookForFailures = (
  signal: AbortSignal,
  events: readonly ServiceEventLike[],
  last: boolean
) => Promise<Explanation>

/** What failures are explained from. */
export interface FailureSources extends Pick<Aws, 'elb'> {
  /** `undefined` where logs are not to be shown. */
  readonly logs: Aws['logs'] | undefined
  /** The client that repeats nothing: the follower looks again by itself. */
  readonly ecs: Aws['ecsOnce']
  readonly ifAllowed: IfAllowed
}
