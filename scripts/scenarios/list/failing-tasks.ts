import {budgetEnds, failed, rollbackFailed, rolledBack, starting} from '../moments.ts'
import {breaker, noBreaker, type Scenario} from '../scenario.ts'

const wentBack = /Rolled back\b.*: .*web in prod runs web:1 again, with 2 of 2 tasks/

/** What a release is rolled back from, where nothing else is said. */
function rolledBackBecause(...says: RegExp[]): Pick<Scenario, 'outcome' | 'expected'> {
  return {outcome: rolledBack, expected: {status: 'rolled-back', exitCode: 1, says: [wentBack, ...says]}}
}

/** The image cannot be pulled from ECR, as ECS words it. */
function notPulled(why: string): Pick<Scenario, 'behaviours'> {
  const image = '111122223333.dkr.ecr.eu-central-1.amazonaws.com/web:v2'
  const error = `CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref ${image}: ${why}`
  return {behaviours: [{match: {tag: 'v2'}, behaviour: {pull: {error}}}]}
}

/** Deployments whose tasks do not run, or do not stay. */
export const failingTasks: readonly Scenario[] = [
  {
    name: 'crash at start, rolled back',
    tag: 'v2-crash',
    ...rolledBackBecause(/exited with code 1/, /Error: cannot connect to the database/)
  },
  {
    name: 'crash at start, no rollback',
    tag: 'v2-crash',
    service: {deployment: breaker(false)},
    outcome: failed,
    expected: {status: 'failed', exitCode: 1, says: [/Failed\b.*: .*does not roll back/, /exited with code 1/]}
  },
  {
    name: 'crash at start, nothing to roll back to',
    tag: 'v2-crash',
    service: {tag: 'v1-crash'},
    outcome: rollbackFailed,
    expected: {
      status: 'rollback-failed',
      exitCode: 1,
      says: [/Rollback failed: .*No rollback candidate was found/, /exited with code 1/]
    }
  },
  {
    name: 'the rollback fails, too',
    tag: 'v2-crash',
    service: {deployment: {minimumHealthyPercent: 0, maximumPercent: 100}},
    meanwhile: [
      {
        when: starting,
        what: ({aws}) => {
          aws.ecs.setRules([{match: {tag: '^v1$'}, behaviour: {exit: {code: 78, afterSeconds: 3}}}])
        }
      }
    ],
    outcome: rollbackFailed,
    expected: {status: 'rollback-failed', exitCode: 1, says: [/Rollback failed: /, /exited with code 1/]}
  },
  {
    name: 'crash at start, no circuit breaker',
    tag: 'v2-crash',
    service: {deployment: noBreaker},
    inputs: {'wait-for-minutes': '10'},
    outcome: budgetEnds(10),
    expected: {status: 'timed-out', exitCode: 1, says: [/Timed out/, /exited with code 1/]}
  },
  {
    name: 'crash after 5 minutes',
    tag: 'v2-crash-later',
    service: {targetGroup: {deregistrationDelaySeconds: 600}},
    inputs: {'wait-for-minutes': '12'},
    outcome: budgetEnds(12),
    expected: {status: 'timed-out', exitCode: 1, says: [/Timed out/, /exited with code 1/, /Listening on port 8080/]}
  },
  {
    name: 'out of memory',
    tag: 'v2-oom',
    ...rolledBackBecause(/exited with code 137/, /ran out of memory/, /Raise `memory`/)
  },
  {
    name: 'image pull denied',
    ...notPulled('unexpected status code 403 Forbidden'),
    ...rolledBackBecause(/CannotPullContainerError: .*403 Forbidden/, /web-execution.*ecr:BatchGetImage/)
  },
  {
    name: 'image missing',
    ...notPulled('not found'),
    ...rolledBackBecause(/CannotPullContainerError: .*not found/, /lifecycle/)
  },
  {
    name: 'wrong architecture, by the manifest',
    tag: 'v2-wrong-platform',
    ...rolledBackBecause(/does not contain descriptor matching platform 'linux\/amd64'/, /runtimePlatform/)
  },
  {
    name: 'wrong architecture, by the program',
    tag: 'v2-exec-format',
    ...rolledBackBecause(/exec format error/, /another architecture/)
  },
  {
    name: 'secret missing',
    tag: 'v2-secret-missing',
    ...rolledBackBecause(/ResourceInitializationError: unable to pull secrets/, /→ .*secret:web-database/)
  },
  {
    name: 'EFS mount',
    tag: 'v2-efs-mount',
    ...rolledBackBecause(/failed to invoke EFS utils commands/, /2049/)
  },
  {
    name: 'failing container health check',
    tag: 'v2-never-healthy',
    service: {healthCheck: true},
    ...rolledBackBecause(/health check of container app fails/, /→ Run the container's health check \(CMD \/healthy\)/)
  },
  {
    name: 'failing target health, 503',
    tag: 'v2-failing-target',
    service: {targetGroup: {healthCheckIntervalSeconds: 10, deregistrationDelaySeconds: 30}},
    ...rolledBackBecause(/Health checks failed with these codes: \[503\]/, /Target\.ResponseCodeMismatch/)
  },
  {
    name: 'failing target health, timeout',
    tag: 'v2-target-timeout',
    service: {targetGroup: {healthCheckIntervalSeconds: 10, deregistrationDelaySeconds: 30}},
    ...rolledBackBecause(/Request timed out/, /security group/i)
  },
  {
    name: 'log group missing',
    behaviours: [
      {
        match: {tag: 'v2'},
        behaviour: {
          initialization: {
            error:
              'ResourceInitializationError: failed to initialize logging driver: failed to create Cloudwatch log stream: ' +
              'ResourceNotFoundException: The specified log group does not exist.'
          }
        }
      }
    ],
    ...rolledBackBecause(/The specified log group does not exist/, /awslogs-create-group/)
  },
  {
    name: 'an error that nobody knows',
    behaviours: [
      {match: {tag: 'v2'}, behaviour: {initialization: {error: 'FluxCapacitorError: 1.21 gigawatts missing'}}}
    ],
    outcome: rolledBack,
    expected: {
      status: 'rolled-back',
      exitCode: 1,
      says: [wentBack, /tasks stopped: FluxCapacitorError: 1\.21 gigawatts missing/],
      saysNot: [/→/]
    }
  },
  {
    name: 'the command is not there',
    behaviours: [{match: {tag: 'v2'}, behaviour: {exit: {code: 127, afterSeconds: 1}, log: ['sh: serve: not found']}}],
    ...rolledBackBecause(/exited with code 127/, /command not found/, /sh: serve: not found/)
  }
]
