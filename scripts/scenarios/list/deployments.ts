import {allowNoStep} from '../happenings.ts'
import {accepted, budgetEnds, fromTheStart, healthy, rolledBack, sinceStart, succeeded} from '../moments.ts'
import {alarms, noBreaker, type Scenario} from '../scenario.ts'

const deployed = /Deployed web:2 to web in prod: 2 of 2 tasks run it/
/** Every task was looked at. */
const proven = /2 of 2 .*sha256:[0-9a-f]{12}/
const refused = sinceStart(0, 'the release is refused before anything is changed')
const noStep: Scenario['expected'] = {status: 'error', exitCode: 1, says: [/The service web cannot roll/]}

/** Deployments that succeed, or that have no outcome within their time. */
export const deployments: readonly Scenario[] = [
  {
    name: 'deployed',
    outcome: succeeded,
    expected: {status: 'deployed', exitCode: 0, says: [deployed, proven]}
  },
  {
    name: 'deployed behind a load balancer',
    service: {targetGroup: {deregistrationDelaySeconds: 30}},
    outcome: succeeded,
    expected: {status: 'deployed', exitCode: 0, says: [deployed, proven, /old tasks drain.* 30 s/]}
  },
  {
    name: 'deployed after two tasks failed',
    behaviours: [{match: {tag: 'v2', first: 2}, behaviour: {exit: {code: 3, afterSeconds: 2}}}],
    outcome: succeeded,
    expected: {status: 'deployed', exitCode: 0, says: [deployed, /exited with code 3/]}
  },
  {
    name: 'deployed with alarms and bake time',
    service: {deployment: {...alarms(true), bakeTimeInMinutes: 4}},
    outcome: succeeded,
    expected: {status: 'deployed', exitCode: 0, says: [deployed]}
  },
  {
    name: 'an alarm that was on before is ignored',
    service: {deployment: alarms(true)},
    before: ({aws}) => {
      aws.ecs.setAlarm('web-5xx', 'ALARM')
    },
    outcome: succeeded,
    expected: {status: 'deployed', exitCode: 0, says: [deployed]}
  },
  {
    name: 'nothing to do',
    tag: 'v1',
    outcome: fromTheStart,
    expected: {
      status: 'unchanged',
      exitCode: 0,
      says: [/Nothing to deploy: web in prod has web:1 already, 2 of 2 tasks run it/]
    }
  },
  {
    name: 'desired count 0',
    service: {desiredCount: 0},
    outcome: succeeded,
    expected: {status: 'deployed', exitCode: 0, says: [/desired count is 0: no task has run it/]}
  },
  {
    name: 'slow drain, waits until deployed',
    service: {targetGroup: {deregistrationDelaySeconds: 300}},
    inputs: {'wait-for': 'deployed'},
    outcome: succeeded,
    expected: {status: 'deployed', exitCode: 0, says: [deployed, /drain.* 300 s.*target group web/]}
  },
  {
    name: 'slow drain, waits until healthy',
    service: {targetGroup: {deregistrationDelaySeconds: 300}},
    inputs: {'wait-for': 'healthy'},
    outcome: healthy,
    expected: {status: 'healthy', exitCode: 0, says: [/Healthy: 2 of 2 tasks of web:2/]}
  },
  {
    name: 'waits until started',
    inputs: {'wait-for': 'started'},
    outcome: accepted,
    expected: {status: 'started', exitCode: 0, says: [/Started: .*web:2/]}
  },
  {
    name: 'percentages allow no step, one task',
    service: {desiredCount: 1, deployment: {minimumHealthyPercent: 100, maximumPercent: 100}},
    outcome: refused,
    expected: noStep
  },
  {
    name: 'percentages allow no step, two tasks',
    service: {deployment: {minimumHealthyPercent: 75, maximumPercent: 100}},
    outcome: refused,
    expected: noStep
  },
  {
    name: 'percentages allow no step any more',
    inputs: {'wait-for-minutes': '10'},
    meanwhile: [{when: accepted, what: allowNoStep}],
    outcome: budgetEnds(10),
    expected: {
      status: 'timed-out',
      exitCode: 1,
      says: [/→ Lower minimumHealthyPercent or raise maximumPercent/, /after 10 minutes/]
    }
  },
  {
    name: 'timed out and still running',
    service: {deployment: noBreaker, targetGroup: {deregistrationDelaySeconds: 900}},
    inputs: {'wait-for-minutes': '5'},
    outcome: budgetEnds(5),
    expected: {status: 'timed-out', exitCode: 1, says: [/Timed out: after 5 minutes ECS is still deploying web:2/]}
  },
  {
    name: 'no time given, derived from the load balancer',
    service: {targetGroup: {deregistrationDelaySeconds: 60}},
    outcome: succeeded,
    expected: {status: 'deployed', exitCode: 0, says: [deployed, /targets drain 60 s/]}
  },
  {
    name: 'two services, one fails',
    before: stage =>
      stage.createService('worker', {desiredCount: 1}).then(() => {
        stage.pass(600)
      }),
    behaviours: [{match: {service: 'worker', tag: 'v2'}, behaviour: {exit: {code: 3, afterSeconds: 5}}}],
    inputs: {service: 'web\nworker'},
    decidedBy: 'worker',
    outcome: rolledBack,
    expected: {
      status: 'rolled-back',
      exitCode: 1,
      says: [/Deployed web:2 to web in prod/, /Rolled back\b.*: .*worker in prod/]
    }
  }
]
