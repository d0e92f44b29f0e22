import type {AdviceRow} from './advice.ts'
import {type AdviceFacts, revision, securityGroups, size} from './settings.ts'

/** Why a task that ran does not go on: its health checks, its memory, its host. */
export const RUN: readonly AdviceRow[] = [
  {
    when: /OutOfMemoryError: Container killed due to memory usage/,
    inRelease: true,
    member: {of: 'container', name: 'memory'},
    short: ({container}) => `${container === undefined ? 'a container' : `container ${container}`} ran out of memory`,
    advice: facts => {
      const {container} = facts
      const limit = container?.memory === undefined ? size(facts, 'memory') : `${container.memory} MiB of memory`
      return `Raise \`memory\` in ${revision(facts)} (${limit} now), or make the program use less.`
    }
  },
  {
    when: /^Health checks failed with these codes: \[([\d, ]+)\]/,
    inRelease: true,
    short: ({found: [, codes = '']}) => `the load balancer's health check gets ${codes}`,
    advice: facts =>
      `The program answers the health check with ${facts.found[1] ?? ''}: look at its log, or correct the path and the expected codes of the target group${grace(facts)}.`
  },
  {
    when: /^Request timed out/,
    inRelease: true,
    short: () => "the load balancer's health check gets no answer",
    advice: facts =>
      `Nothing answers in time: let ${securityGroups(facts)} take the port from the load balancer, and let the program listen on 0.0.0.0 at that port, not on localhost${grace(facts)}.`
  },
  {
    when: /Target is in an Availability Zone that is not enabled for the load balancer/,
    short: () => 'the load balancer is not in the Availability Zone of the task',
    advice: () => 'Enable the Availability Zone for the load balancer, or run the tasks in the subnets that it is in.'
  },
  {
    when: /^Health checks failed/,
    inRelease: true,
    short: () => "the load balancer's health check fails",
    advice: facts =>
      `The program refuses the connection or breaks it off: compare the port and the protocol of the target group with what the program listens on${grace(facts)}.`
  },
  {
    when: /Task failed ELB health checks in \((?:target-group|elb) /,
    inRelease: true,
    short: () => "the load balancer's health check fails",
    advice: facts =>
      `Check path, port and expected codes of the health check, and that ${securityGroups(facts)} takes its port from the load balancer${grace(facts)}.`
  },
  {
    when: /failed container health checks/,
    inRelease: true,
    member: {of: 'container', name: 'healthCheck'},
    short: ({container}) =>
      container === undefined ? "a container's health check fails" : `the health check of container ${container} fails`,
    advice: facts => {
      const command = facts.container?.healthCheck?.command?.join(' ')
      return `Run the container's health check${command === undefined ? '' : ` (${command})`} in the image: the program it calls must be there, and startPeriod must leave enough time to start.`
    }
  },
  {
    when: /Your Spot Task was interrupted/,
    short: () => 'Spot capacity was taken back',
    advice: () =>
      'AWS took the capacity back; ECS starts another task. A base of FARGATE in the capacity provider strategy stays.'
  },
  {
    when: /Host EC2 \(instance (i-\w+)\) (?:stopped|terminated)/,
    short: ({found: [, instance = '']}) => `the instance ${instance} is gone`,
    advice: () =>
      'The container instance was stopped; ECS starts another task elsewhere. Draining instances before they go avoids this.'
  },
  {
    when: /Container instance deregistration forced by user/,
    short: () => 'its container instance was deregistered',
    advice: () => 'Somebody deregistered the container instance; draining it first avoids this.'
  },
  {
    when: /performing maintenance on the underlying infrastructure/,
    short: () => 'AWS retires its host',
    advice: () => 'Nothing is wrong with the release: AWS retires the host, and ECS starts another task.'
  },
  {
    when: /^Task stopped by user/,
    short: () => 'somebody stopped it',
    advice: () => 'Somebody, or something with the right to (ecs:StopTask), stopped the task: CloudTrail tells who.'
  }
]

/** The time that a task has before failed checks count, where none is set. */
function grace({service}: AdviceFacts): string {
  const seconds = service?.healthCheckGracePeriodSeconds
  if (service === undefined || (seconds !== undefined && seconds > 0)) return ''
  return '; a program that starts slowly needs healthCheckGracePeriodSeconds'
}
