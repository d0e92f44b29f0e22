import {
  abortDeployment,
  alarmRings,
  anotherDeployment,
  cancelJob,
  deleteService,
  faults,
  scaleTo,
  stopDeployment
} from '../happenings.ts'
import {
  after,
  beingDeleted,
  deleted,
  draining,
  failed,
  type Moment,
  rolledBack,
  rollingBack,
  running,
  starting,
  stopped,
  succeeded,
  superseded
} from '../moments.ts'
import {alarms, type Scenario} from '../scenario.ts'

/** Somebody else deploys revision 1 again, at this moment. */
function supersededWhen(name: string, when: Moment): Scenario {
  return {
    name,
    service: {targetGroup: {deregistrationDelaySeconds: 60}},
    meanwhile: [{when, what: anotherDeployment('web:1')}],
    outcome: superseded,
    expected: {status: 'superseded', exitCode: 1, says: [/Superseded: a newer deployment of web:1 .* replaced web:2/]}
  }
}

/** Somebody else, or something, comes between. */
export const interference: readonly Scenario[] = [
  supersededWhen('superseded before anything happened', after(1)),
  supersededWhen('superseded while tasks start', starting),
  supersededWhen('superseded while both run', running),
  supersededWhen('superseded while old tasks drain', draining),
  {
    name: 'superseded right after success',
    service: {targetGroup: {deregistrationDelaySeconds: 60}},
    meanwhile: [{when: succeeded, what: anotherDeployment('web:1')}],
    outcome: succeeded,
    expected: {status: 'deployed', exitCode: 0, says: [/Deployed web:2 to web in prod/]}
  },
  {
    name: 'superseded while it was rolled back',
    tag: 'v2-crash',
    meanwhile: [{when: rollingBack, what: anotherDeployment('web:1')}],
    outcome: superseded,
    expected: {
      status: 'rollback-failed',
      exitCode: 1,
      says: [/Rollback failed: .*exited with code 1.* A newer deployment of web:1 .* has taken over since/]
    }
  },
  {
    name: 'superseded by a release of another run',
    before: stage =>
      stage.register('web', {
        tag: 'v3',
        tags: {
          'ecs-release:commit': '9fceb02d0ae598e95dc970b74767f19372d61af8',
          'ecs-release:run': 'https://github.com/octo-org/web/actions/runs/1658821501'
        }
      }),
    meanwhile: [{when: running, what: anotherDeployment('web:2')}],
    outcome: superseded,
    expected: {
      status: 'superseded',
      exitCode: 1,
      says: [/newer deployment of web:2 .*9fceb02.*actions\/runs\/1658821501.* replaced web:3/]
    }
  },
  {
    name: 'scaled out during the deployment',
    meanwhile: [{when: running, what: scaleTo(4)}],
    outcome: succeeded,
    expected: {
      status: 'deployed',
      exitCode: 0,
      says: [/the desired count of the service changed from 2 to 4/, /Deployed web:2 to web in prod: 4 of 4 tasks/]
    }
  },
  {
    name: 'scaled in during the deployment',
    meanwhile: [{when: starting, what: scaleTo(1)}],
    outcome: succeeded,
    expected: {status: 'deployed', exitCode: 0, says: [/changed from 2 to 1/, /1 of 1 task runs it/]}
  },
  {
    name: 'scaled to zero during the deployment',
    meanwhile: [{when: running, what: scaleTo(0)}],
    outcome: succeeded,
    expected: {
      status: 'scaled-to-zero',
      exitCode: 1,
      says: [/changed from 2 to 0/, /Scaled to zero: .*nothing proves it/]
    }
  },
  {
    name: 'service deleted during the deployment',
    meanwhile: [{when: running, what: deleteService}],
    outcome: beingDeleted,
    expected: {status: 'service-gone', exitCode: 1, says: [/Service gone: web in prod is being deleted/]}
  },
  {
    name: 'service deleted while nobody could look',
    meanwhile: [
      {when: after(20), what: faults({fault: {kind: 'server-error', status: 503}})},
      {when: after(30), what: deleteService},
      {when: deleted, what: faults()}
    ],
    outcome: deleted,
    expected: {
      status: 'service-gone',
      exitCode: 1,
      says: [/state unknown since/, /Service gone: web in prod was deleted/]
    }
  },
  {
    name: 'stopped by hand',
    meanwhile: [{when: running, what: stopDeployment}],
    outcome: rolledBack,
    expected: {status: 'rolled-back', exitCode: 1, says: [/Rolled back because somebody asked for it: .*web:1 again/]}
  },
  {
    name: 'stopped by hand, without a rollback',
    before: ({aws}) => {
      aws.ecs.variants.abortStops = true
    },
    meanwhile: [{when: running, what: abortDeployment}],
    outcome: stopped,
    expected: {
      status: 'stopped',
      exitCode: 1,
      says: [/Stopped: the deployment of web:2 to web in prod was stopped before it was done/]
    }
  },
  {
    name: 'rolled back by an alarm',
    service: {deployment: alarms(true)},
    meanwhile: [{when: running, what: alarmRings}],
    outcome: rolledBack,
    expected: {
      status: 'rolled-back',
      exitCode: 1,
      says: [/Rolled back because the alarm web-5xx went off: .*web:1 again/]
    }
  },
  {
    name: 'rolled back by an alarm while baking',
    service: {deployment: alarms(true)},
    meanwhile: [{when: after(180), what: alarmRings}],
    outcome: rolledBack,
    expected: {
      status: 'rolled-back',
      exitCode: 1,
      says: [/Rolled back because the alarm web-5xx went off: .*web:1 again/]
    }
  },
  {
    name: 'failed by an alarm, no rollback',
    service: {deployment: alarms(false)},
    meanwhile: [{when: running, what: alarmRings}],
    outcome: failed,
    expected: {status: 'failed', exitCode: 1, says: [/Failed because the alarm web-5xx went off/]}
  },
  {
    name: 'job cancelled',
    meanwhile: [{when: running, what: cancelJob}],
    outcome: running,
    expected: {status: 'cancelled', exitCode: 1, says: [/Cancelled: ECS goes on deploying web:2/]}
  }
]
