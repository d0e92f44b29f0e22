import {behaviourWords} from '../../../emulator/ecs/behaviour.ts'
import {budgetEnds, rolledBack, succeeded} from '../moments.ts'
import {noBreaker, type Scenario} from '../scenario.ts'

/** Container instances have no room; the circuit breaker counts that and rolls back. */
function onInstances(name: string, tag: string, ...says: RegExp[]): Scenario {
  const wentBack = /Rolled back\b.*: .*web in prod runs web:1 again/
  return {
    name,
    tag,
    service: {onInstances: true},
    outcome: rolledBack,
    expected: {status: 'rolled-back', exitCode: 1, says: [wentBack, ...says]}
  }
}

/** Deployments whose tasks cannot be placed. */
export const placement: readonly Scenario[] = [
  onInstances('no capacity: CPU', 'v2-no-cpu', /insufficient CPU units available/, /no instance has enough CPU/),
  onInstances('no capacity: memory', 'v2-no-memory', /insufficient memory available/, /no instance has enough memory/),
  onInstances(
    'no capacity: port',
    'v2-port-taken',
    /already using a port required by your task/,
    /no instance has the port free/
  ),
  onInstances('no capacity: agent', 'v2-agent-down', /doesn't have the agent connected/, /agent is not connected/),
  onInstances(
    'no capacity: constraint',
    'v2-constraint-unmet',
    /MemberOf placement constraint/,
    /placement constraints/
  ),
  onInstances('no capacity: attribute', 'v2-attribute-missing', /missing an attribute required/, /requiresAttributes/),
  {
    name: 'container instances without room, said before the build',
    service: {onInstances: true},
    before: ({aws}) => {
      aws.ecs.variants.containerInstances = 0
      aws.ecs.addInstance('prod', {cpu: 2048, memory: 200})
    },
    outcome: rolledBack,
    expected: {
      status: 'rolled-back',
      exitCode: 1,
      says: [/needs 2 × \(.*MiB\) beyond what runs, none fits, and the only instance/, /insufficient memory available/]
    }
  },
  {
    name: 'no container instances at all',
    service: {onInstances: true, deployment: noBreaker},
    before: ({aws}) => {
      aws.ecs.variants.containerInstances = 0
    },
    inputs: {'wait-for-minutes': '5'},
    outcome: budgetEnds(5),
    expected: {
      status: 'timed-out',
      exitCode: 1,
      says: [/there are no container instances/, /→ Start container instances in the cluster prod/]
    }
  },
  {
    name: 'Fargate quota of tasks',
    tag: 'v2-task-quota',
    outcome: rolledBack,
    expected: {status: 'rolled-back', exitCode: 1, says: [/limit on the number of tasks/, /Service Quotas/]}
  },
  {
    name: 'Fargate quota of vCPUs',
    tag: 'v2-vcpu-quota',
    outcome: rolledBack,
    expected: {status: 'rolled-back', exitCode: 1, says: [/limit on the number of vCPUs/, /Service Quotas/]}
  },
  {
    name: 'Fargate capacity',
    tag: 'v2-no-capacity',
    outcome: rolledBack,
    expected: {
      status: 'rolled-back',
      exitCode: 1,
      says: [/Capacity is unavailable at this time/, /Fargate has no capacity/]
    }
  },
  {
    name: 'Fargate capacity, back after two minutes',
    behaviours: [{match: {tag: 'v2', first: 2}, behaviour: behaviourWords['no-capacity'] ?? {}}],
    outcome: succeeded,
    expected: {
      status: 'deployed',
      exitCode: 0,
      says: [/Deployed web:2/, /→ AWS has no room for the task at the moment/]
    }
  }
]
