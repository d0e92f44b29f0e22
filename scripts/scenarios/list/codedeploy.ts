import type {CreateDeploymentGroupInput} from '@aws-sdk/client-codedeploy'
import {
  alarmRings,
  cancelJob,
  codeDeployHookAnswers,
  continueCodeDeploy,
  faults,
  stopCodeDeploy
} from '../happenings.ts'
import {
  after,
  budgetEnds,
  codeDeployIs,
  codeDeployRolledBack,
  lifecycleEventIs,
  oldTasksAreKept,
  readyFor,
  sinceStart
} from '../moments.ts'
import type {Scenario, ServiceSetup} from '../scenario.ts'

/** A service that CodeDeploy deploys, two target groups behind it. */
function service(codeDeploy: Partial<CreateDeploymentGroupInput> = {}): {service: ServiceSetup} {
  return {service: {codeDeploy}}
}

const withoutRollback: Partial<CreateDeploymentGroupInput> = {autoRollbackConfiguration: {enabled: false}}

/** Production traffic waits for somebody. */
const ready: Partial<CreateDeploymentGroupInput> = {
  blueGreenDeploymentConfiguration: {
    terminateBlueInstancesOnDeploymentSuccess: {action: 'TERMINATE', terminationWaitTimeInMinutes: 1},
    deploymentReadyOption: {actionOnTimeout: 'STOP_DEPLOYMENT', waitTimeInMinutes: 10}
  }
}

function alarms(more: Partial<CreateDeploymentGroupInput> = {}): Partial<CreateDeploymentGroupInput> {
  return {
    alarmConfiguration: {enabled: true, alarms: [{name: 'web-5xx'}]},
    autoRollbackConfiguration: {enabled: true, events: ['DEPLOYMENT_STOP_ON_ALARM']},
    ...more
  }
}

const appSpecWithHook = `version: 0.0
Resources:
  - TargetService:
      Type: AWS::ECS::Service
      Properties:
        TaskDefinition: <TASK_DEFINITION>
Hooks:
  - AfterAllowTestTraffic: smoke-test
`

const stages = [/Install took .*AfterInstall/, /100 % of the production traffic on web:2/]
const readyWithoutRollback = {...ready, ...withoutRollback}

const isReady = /CodeDeploy waits until 20\d\d-.* UTC for somebody to continue the deployment/

/** Deployments of CodeDeploy, and everything that can come of one. */
export const codeDeploy: readonly Scenario[] = [
  {
    name: 'CodeDeploy, all at once',
    ...service(),
    outcome: codeDeployIs('Succeeded'),
    expected: {
      status: 'deployed',
      exitCode: 0,
      says: [...stages, /CodeDeploy keeps the old tasks until/, /Deployed web:2 to web in prod: 2 of 2 tasks run it/]
    }
  },
  {
    name: 'CodeDeploy, canary',
    ...service({deploymentConfigName: 'CodeDeployDefault.ECSCanary10Percent5Minutes'}),
    outcome: codeDeployIs('Succeeded'),
    expected: {
      status: 'deployed',
      exitCode: 0,
      says: [/10 % of the production traffic on web:2/, ...stages, /5 min with 10 % of the traffic/]
    }
  },
  {
    name: 'CodeDeploy, all traffic moved is enough',
    ...service(),
    inputs: {'wait-for': 'healthy'},
    outcome: oldTasksAreKept,
    expected: {status: 'healthy', exitCode: 0, says: [/Healthy: web:2 has all production traffic of web in prod/]}
  },
  {
    name: 'CodeDeploy, tasks crash',
    ...service(),
    tag: 'v2-crash',
    inputs: {'wait-for-minutes': '90'},
    outcome: codeDeployRolledBack,
    expected: {
      status: 'rolled-back',
      exitCode: 1,
      says: [/Install failed/, /Rolled back: container app exited with code/, /CodeDeploy says: .*timed out/]
    }
  },
  {
    name: 'CodeDeploy, a hook fails',
    ...service(),
    files: {'appspec.yaml': appSpecWithHook},
    before: codeDeployHookAnswers({answer: 'Failed'}),
    outcome: codeDeployRolledBack,
    expected: {
      status: 'rolled-back',
      exitCode: 1,
      says: [
        /Rolled back because the hook of AfterAllowTestTraffic failed: web in prod runs web:1 again, with 2 of 2 tasks/
      ]
    }
  },
  {
    name: 'CodeDeploy, a hook fails, no rollback',
    ...service(withoutRollback),
    files: {
      'appspec.json': JSON.stringify({
        Resources: [{Web: {Type: 'AWS::ECS::Service'}}],
        Hooks: [{AfterInstall: 'smoke-test'}]
      })
    },
    before: codeDeployHookAnswers({answer: 'Failed'}),
    outcome: codeDeployIs('Failed'),
    expected: {
      status: 'failed',
      exitCode: 1,
      says: [/Failed because the hook of AfterInstall failed: .* does not roll back\. Production is on web:1/]
    }
  },
  {
    name: 'CodeDeploy, an alarm goes off',
    ...service(alarms()),
    meanwhile: [{when: lifecycleEventIs('Install', 'InProgress'), what: alarmRings}],
    outcome: codeDeployRolledBack,
    expected: {status: 'rolled-back', exitCode: 1, says: [/Rolled back because an alarm went off/, /<web-5xx>/]}
  },
  {
    name: 'CodeDeploy, an alarm goes off, no rollback',
    ...service(alarms(withoutRollback)),
    meanwhile: [{when: oldTasksAreKept, what: alarmRings}],
    outcome: codeDeployIs('Stopped'),
    expected: {
      status: 'failed',
      exitCode: 1,
      says: [/Failed because an alarm went off: .* does not roll back/, /Production is on web:2/]
    }
  },
  {
    name: 'CodeDeploy, stopped with rollback',
    ...service(withoutRollback),
    meanwhile: [{when: oldTasksAreKept, what: stopCodeDeploy(true)}],
    outcome: codeDeployRolledBack,
    expected: {
      status: 'rolled-back',
      exitCode: 1,
      says: [/CodeDeploy rolls back with the deployment d-/, /Rolled back because somebody stopped it/]
    }
  },
  {
    name: 'CodeDeploy, stopped without rollback',
    ...service(),
    meanwhile: [{when: lifecycleEventIs('Install', 'InProgress'), what: stopCodeDeploy(false)}],
    outcome: codeDeployIs('Stopped'),
    tries: 12,
    expected: {status: 'stopped', exitCode: 1, says: [/Stopped because somebody stopped it: .*Production is on web:1/]}
  },
  {
    name: 'CodeDeploy, ready and continued',
    ...service(ready),
    meanwhile: [{when: readyFor(30), what: continueCodeDeploy('READY_WAIT')}],
    outcome: codeDeployIs('Succeeded'),
    expected: {status: 'deployed', exitCode: 0, says: [isReady, /somebody continued the deployment/, ...stages]}
  },
  {
    name: 'CodeDeploy, ready, not continued in time',
    ...service(readyWithoutRollback),
    outcome: codeDeployIs('Stopped'),
    expected: {
      status: 'stopped',
      exitCode: 1,
      says: [isReady, /Stopped because nobody continued it in time/, /have somebody continue it in time/]
    }
  },
  {
    name: 'CodeDeploy, ready, not continued in time, rollback',
    ...service(ready),
    outcome: codeDeployRolledBack,
    expected: {status: 'rolled-back', exitCode: 1, says: [isReady, /Rolled back because nobody continued it in time/]}
  },
  {
    name: 'CodeDeploy, up to the wait for somebody',
    ...service(ready),
    inputs: {'wait-for': 'POST_TEST_TRAFFIC_SHIFT'},
    outcome: codeDeployIs('Ready'),
    expected: {
      status: 'paused',
      exitCode: 0,
      says: [
        /Paused: web:2 on web in prod has 0 % of the production traffic/,
        /aws deploy continue-deployment .*READY_WAIT/
      ]
    }
  },
  {
    name: 'CodeDeploy, up to a stage',
    ...service(),
    inputs: {'wait-for': 'bake-time'},
    outcome: oldTasksAreKept,
    expected: {
      status: 'reached',
      exitCode: 0,
      says: [/Reached BAKE_TIME: web:2 .* has 100 % of the production traffic/]
    }
  },
  {
    name: 'CodeDeploy, the time is over',
    ...service(),
    inputs: {'wait-for-minutes': '2'},
    outcome: budgetEnds(2),
    expected: {
      status: 'timed-out',
      exitCode: 1,
      says: [
        /Timed out: after 2 minutes CodeDeploy is still keeping the old tasks/,
        /aws deploy stop-deployment .*--auto-rollback-enabled/
      ]
    }
  },
  {
    name: 'CodeDeploy, the job is cancelled',
    ...service(),
    meanwhile: [{when: after(20), what: cancelJob}],
    outcome: after(20),
    expected: {status: 'cancelled', exitCode: 1, says: [/CodeDeploy goes on deploying web:2 to web in prod/]}
  },
  {
    name: 'CodeDeploy, every third call is throttled',
    ...service(),
    meanwhile: [{when: after(1), what: faults({service: 'codedeploy', every: 3, fault: {kind: 'throttling'}})}],
    outcome: codeDeployIs('Succeeded'),
    expected: {status: 'deployed', exitCode: 0, says: stages}
  },
  {
    name: 'CodeDeploy, unreachable for a while',
    ...service(),
    meanwhile: [
      {when: after(20), what: faults({service: 'codedeploy', fault: {kind: 'server-error'}})},
      {when: after(60), what: faults()}
    ],
    outcome: codeDeployIs('Succeeded'),
    expected: {status: 'deployed', exitCode: 0, says: [/state unknown since/, /state known again/, ...stages]}
  },
  {
    name: 'CodeDeploy may not be read any more',
    ...service(),
    meanwhile: [
      {
        when: after(20),
        what: faults({service: 'codedeploy', operation: 'GetDeployment', fault: {kind: 'access-denied'}})
      }
    ],
    outcome: after(20),
    tries: 2,
    expected: {status: 'access-lost', exitCode: 1, says: [/Access lost: .*, CodeDeploy goes on deploying web:2/]}
  },
  {
    name: 'CodeDeploy, lifecycle events may not be read',
    ...service(),
    before: faults({service: 'codedeploy', operation: 'GetDeploymentTarget', fault: {kind: 'access-denied'}}),
    outcome: codeDeployIs('Succeeded'),
    expected: {
      status: 'deployed',
      exitCode: 0,
      says: [/lifecycle events and traffic not checked: missing codedeploy:GetDeploymentTarget/]
    }
  },
  {
    name: 'CodeDeploy, in what is not known the other way',
    ...service(),
    before: ({aws}) => {
      Object.assign(aws.codeDeploy.variants, {
        appSpecChecked: 'in-deployment',
        statusInTerminationWait: 'Baking',
        succeeds: 'when-gone',
        targetsBeforeStart: true
      })
    },
    outcome: codeDeployIs('Succeeded'),
    expected: {status: 'deployed', exitCode: 0, says: [...stages, /CodeDeploy keeps the old tasks until/]}
  },
  {
    name: 'CodeDeploy may not be used',
    ...service(),
    before: ({aws}) => {
      aws.codeDeploy.variants.isSubscribed = false
    },
    outcome: sinceStart(0, 'the step starts'),
    expected: {
      status: 'error',
      exitCode: 1,
      says: [/This AWS account may not use CodeDeploy \(SubscriptionRequiredException\)/]
    }
  }
]
