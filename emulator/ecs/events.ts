import type * as sdk from '@aws-sdk/client-ecs'
import type {EmulatorClock} from '../clock.ts'
import type {Ids} from '../ids.ts'
import type {Timing} from './timing.ts'

/** The service events' texts as real accounts show them, without the `(service NAME) ` that all begin with. */
export const eventTexts = {
  started: (tasks: readonly string[]) => `has started ${tasks.length} tasks: ${listed(tasks)}.`,
  replaced: (tasks: readonly string[]) =>
    `has started ${tasks.length} tasks: ${listed(tasks)}. Amazon ECS replaced ${tasks.length} tasks due to an unhealthy status.`,
  stopped: (tasks: readonly string[]) => `has stopped ${tasks.length} running tasks: ${listed(tasks)}.`,
  stoppedPending: (count: number) => `stopped ${count} pending tasks.`,
  registered: (count: number, groupArn: string) => `registered ${count} targets in (target-group ${groupArn})`,
  deregistered: (count: number, groupArn: string) => `deregistered ${count} targets in (target-group ${groupArn})`,
  draining: (count: number) => `has begun draining connections on ${count} tasks.`,
  steady: 'has reached a steady state.',
  resized: (taskSet: string, count: number) => `updated computedDesiredCount for taskSet ${taskSet} to ${count}.`,
  taskSetSteady: 'updated state to STEADY_STATE.',
  completed: (id: string) => `(deployment ${id}) deployment completed.`,
  failedToStart: (id: string) => `(deployment ${id}) deployment failed: tasks failed to start.`,
  failed: (id: string, reason: string) => `(deployment ${id}) deployment failed: ${reason}`,
  alarmDetected: (id: string) => `(deployment ${id}) deployment failed: alarm detected.`,
  rollingBack: (id: string) => `rolling back to deployment ${id}.`,
  unhealthyTarget: (task: string, port: number, groupArn: string, reason: string) =>
    `(task ${task}) (port ${port}) is unhealthy in (target-group ${groupArn}) due to (reason ${reason}).`,
  unhealthyContainer: (task: string) => `(task ${task}) failed container health checks.`,
  restartsHeldBack:
    'is unable to consistently start tasks successfully. For more information, see the Troubleshooting section.',
  noInstances:
    'was unable to place a task because no container instance met all of its requirements. ' +
    'Reason: No Container Instances were found in your cluster. ' +
    'For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.',
  closestInstance: (problem: string, instance = '7e3b6c0e4f7a4b55a2b1c0d9e8f70611') =>
    'was unable to place a task because no container instance met all of its requirements. ' +
    `The closest matching (container-instance ${instance}) ${problem}. ` +
    'For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.',
  fargateRefuses: (reason: string) => `was unable to place a task. Reason: ${reason}.`,
  agentNotStarted: 'Timed out waiting for Amazon ECS Agent to start. Please check logs at /var/log/ecs/ecs-agent.log".',
  noInstancesInProvider:
    'was unable to reach steady state. Reason: No Container Instances were found in your capacity provider.',
  notBalanced: (zones: string) => `is not AZ balanced with ${zones}. AZ Rebalancing in progress.`,
  balanced: (zones: string) => `is AZ balanced with ${zones}.`,
  startedToRebalance: (task: string, zone: string) => `has started 1 tasks in ${zone} to AZ Rebalance: (task ${task}).`,
  stoppedToRebalance: (task: string, zone: string) =>
    `has stopped 1 running tasks in ${zone} due to AZ rebalancing: (task ${task}).`,
  percentDeadlock:
    'was unable to stop or start tasks during a deployment because of the service deployment configuration. ' +
    'Update the minimumHealthyPercent or maximumPercent value and try again.'
} as const

function listed(tasks: readonly string[]): string {
  return tasks.map(task => `(task ${task})`).join(' ')
}

/** The events of one service, newest first, at most 100. */
export class EventLog {
  readonly #clock: EmulatorClock
  readonly #ids: Ids
  readonly #timing: Timing
  readonly #service: string
  #events: sdk.ServiceEvent[] = []
  #latest = 0
  readonly #problems = new Map<string, number>()

  constructor(parts: {clock: EmulatorClock; ids: Ids; timing: Timing}, service: string) {
    this.#clock = parts.clock
    this.#ids = parts.ids
    this.#timing = parts.timing
    this.#service = service
  }

  /**
   * Adds an event; two of the same moment are a millisecond apart, in order.
   * @param taskSet the deployment id that some events name behind the service
   */
  add(text: string, taskSet?: string): void {
    this.#latest = Math.max(this.#clock.now(), this.#latest + 1)
    const message = `(service ${this.#service}${taskSet === undefined ? '' : `, taskSet ${taskSet}`}) ${text}`
    const event = {id: this.#ids.uuid(), createdAt: new Date(this.#latest), message}
    this.#events = [event, ...this.#events].slice(0, 100)
  }

  /** Adds the event of a problem; as long as the problem lasts the same text is held back for six hours. */
  addProblem(text: string): void {
    const before = this.#problems.get(text)
    if (before !== undefined && this.#clock.now() - before < this.#timing.repeatedEvent) return
    this.#problems.set(text, this.#clock.now())
    this.add(text)
  }

  /** The problems are solved: the next one is told at once. */
  solved(): void {
    this.#problems.clear()
  }

  /** Newest first. */
  all(): sdk.ServiceEvent[] {
    return [...this.#events]
  }
}
