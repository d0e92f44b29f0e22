import {haveInstances} from '../happenings.ts'
import {rolledBack, starting, succeeded} from '../moments.ts'
import type {Scenario, ServiceSetup} from '../scenario.ts'

/** Half of the tasks of the new revision are healthy, and that is enough. */
function earlySuccess(name: string, sourceServiceRevisionCleanup: 'BLOCKING' | 'DEFERRED', says: RegExp): Scenario {
  const earlySuccessCriteria = {enable: true, healthyPercent: 50, sourceServiceRevisionCleanup}
  return {
    name,
    service: {
      desiredCount: 4,
      targetGroup: {deregistrationDelaySeconds: 120},
      deployment: {minimumHealthyPercent: 50, earlySuccessCriteria}
    },
    behaviours: [
      {match: {tag: 'v2', first: 2}, behaviour: {}},
      {match: {tag: 'v2'}, behaviour: {target: {afterSeconds: 3600}}}
    ],
    outcome: succeeded,
    expected: {status: 'deployed', exitCode: 0, says: [/Deployed web:2 to web in prod: \d of 4 tasks run it/, says]}
  }
}

/** What can come of a kind of service. */
function outcomesOf(kind: string, service: ServiceSetup, runs: RegExp): Scenario[] {
  return [
    {
      name: `${kind}: deployed`,
      service,
      outcome: succeeded,
      expected: {status: 'deployed', exitCode: 0, says: [/Deployed web:2 to web in prod: /, runs]}
    },
    {
      name: `${kind}: crash, rolled back`,
      service,
      tag: 'v2-crash',
      outcome: rolledBack,
      expected: {status: 'rolled-back', exitCode: 1, says: [/Rolled back by the circuit breaker: .*exited with code 1/]}
    }
  ]
}

/** Rolling deployments of services that roll otherwise than most. */
export const rollingKinds: readonly Scenario[] = [
  earlySuccess(
    'early success, old tasks go later',
    'DEFERRED',
    /50 % of the tasks healthy, and removes the old tasks by itself/
  ),
  earlySuccess('early success, old tasks go first', 'BLOCKING', /old tasks drain up to 120 s/),
  {
    name: 'circuit breaker with a threshold of its own',
    service: {
      deployment: {
        deploymentCircuitBreaker: {enable: true, rollback: true, thresholdConfiguration: {type: 'COUNT', value: 5}}
      }
    },
    tag: 'v2-crash',
    outcome: rolledBack,
    expected: {
      status: 'rolled-back',
      exitCode: 1,
      says: [/failed tasks: \d of 5 before the circuit breaker trips/, /Rolled back by the circuit breaker/]
    }
  },
  ...outcomesOf('daemon', {isDaemon: true}, /3 of 3 tasks run it/),
  {
    name: 'daemon: a container instance joins',
    service: {isDaemon: true},
    meanwhile: [{when: starting, what: haveInstances(4)}],
    outcome: succeeded,
    expected: {
      status: 'deployed',
      exitCode: 0,
      says: [/number of container instances for this daemon changed from 3 to 4/, /4 of 4 tasks run it/]
    }
  },
  {
    name: 'daemon: all container instances leave',
    service: {isDaemon: true},
    meanwhile: [{when: starting, what: haveInstances(0)}],
    outcome: succeeded,
    expected: {
      status: 'scaled-to-zero',
      exitCode: 1,
      says: [/Scaled to zero: no container instance is left for web in prod/]
    }
  },
  ...outcomesOf('Classic Load Balancer', {isClassic: true}, /2 of 2 tasks run it/)
]
