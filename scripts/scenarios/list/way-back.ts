import {cancelJob, stopDeployment} from '../happenings.ts'
import {after, failed, inStage, type Moment, rolledBack} from '../moments.ts'
import {breaker, noBreaker, type Scenario} from '../scenario.ts'

/** The revision from before is all that the service has, and its deployment is complete. */
const restored: Moment = {
  what: 'web:1 runs again',
  hasCome: ({service: {deployments = []}, now, updatedAt}) => {
    const [only] = deployments
    const isBack = only?.taskDefinition?.endsWith('/web:1') === true && only.rolloutState === 'COMPLETED'
    return now > updatedAt && deployments.length === 1 && isBack
  }
}

const isRestored = /Restored web:1 on web in prod: 2 of 2 tasks run it/

/** Services go back, by themselves or because the step does. */
export const wayBack: readonly Scenario[] = [
  {
    name: 'crash, the step goes back',
    service: {deployment: breaker(false)},
    tag: 'v2-crash',
    inputs: {'rollback-on-failure': 'failure'},
    outcome: restored,
    expected: {
      status: 'failed',
      exitCode: 1,
      says: [/Failed because the circuit breaker tripped/, /Going back to web:1, which ran before/, isRestored],
      saysNot: [/rollback@v1/]
    }
  },
  {
    name: 'crash, and the step may not go back',
    service: {deployment: breaker(false)},
    tag: 'v2-crash',
    outcome: failed,
    expected: {status: 'failed', exitCode: 1, says: [/uses: OWNER\/ecs-release\/rollback@v1/, /to: web:1/]}
  },
  {
    name: 'never comes up, the step goes back when the time is over',
    service: {deployment: noBreaker},
    tag: 'v2-crash',
    inputs: {'rollback-on-failure': 'failure-or-timeout', 'wait-for-minutes': '5'},
    outcome: restored,
    expected: {status: 'timed-out', exitCode: 1, says: [/asked ECS to roll back from web:2 to web:1/, isRestored]}
  },
  {
    name: 'canary too slow, the step goes back',
    service: {
      targetGroup: {deregistrationDelaySeconds: 30},
      deployment: {
        strategy: 'CANARY',
        canaryConfiguration: {canaryPercent: 10, canaryBakeTimeInMinutes: 30},
        bakeTimeInMinutes: 1
      }
    },
    inputs: {'rollback-on-failure': 'failure-or-timeout', 'wait-for-minutes': '10'},
    outcome: rolledBack,
    expected: {
      status: 'timed-out',
      exitCode: 1,
      says: [/10 % of the production traffic on web:2/, /\b0 % of the production traffic on web:2/, isRestored]
    }
  },
  {
    name: 'blue/green: crash, the step goes back',
    service: {
      targetGroup: {deregistrationDelaySeconds: 30},
      deployment: {strategy: 'BLUE_GREEN', bakeTimeInMinutes: 1, ...breaker(false)}
    },
    tag: 'v2-crash',
    inputs: {'rollback-on-failure': 'failure'},
    outcome: restored,
    expected: {status: 'failed', exitCode: 1, says: [isRestored]}
  },
  {
    name: 'rolled back by somebody, nothing to go back from',
    inputs: {'rollback-on-failure': 'failure-or-timeout'},
    meanwhile: [{when: after(30), what: stopDeployment}],
    outcome: rolledBack,
    expected: {status: 'rolled-back', exitCode: 1, says: [/somebody asked for it/], saysNot: [/Going back/]}
  },
  {
    name: 'cancelled, rolled back',
    inputs: {'on-cancel': 'rollback'},
    meanwhile: [{when: after(30), what: cancelJob}],
    outcome: after(30),
    expected: {
      status: 'cancelled',
      exitCode: 1,
      says: [/Cancelled: ECS was asked to roll web back from web:2, and does so by itself\./]
    }
  },
  {
    name: 'blue/green: cancelled, rolled back',
    service: {
      targetGroup: {deregistrationDelaySeconds: 30},
      deployment: {strategy: 'BLUE_GREEN', bakeTimeInMinutes: 5}
    },
    inputs: {'on-cancel': 'rollback'},
    meanwhile: [{when: inStage('BAKE_TIME'), what: cancelJob}],
    outcome: inStage('BAKE_TIME'),
    expected: {status: 'cancelled', exitCode: 1, says: [/ECS was asked to roll web back from web:2/]}
  }
]
