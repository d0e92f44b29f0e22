import type {DeploymentConfiguration, DeploymentLifecycleHook} from '@aws-sdk/client-ecs'
import {alarmRings, answerPause, anotherDeployment, faults, hooksAnswer, stopDeployment} from '../happenings.ts'
import {after, budgetEnds, failed, inStage, paused, rolledBack, succeeded, superseded} from '../moments.ts'
import {alarms, breaker, type Scenario, type ServiceSetup} from '../scenario.ts'

/** What ECS itself shifts traffic by, and what the log says of the traffic when all goes well. */
const ways: readonly {
  readonly name: string
  readonly configuration: DeploymentConfiguration
  readonly steps: readonly RegExp[]
}[] = [
  {
    name: 'blue/green',
    configuration: {strategy: 'BLUE_GREEN', bakeTimeInMinutes: 2},
    steps: [/100 % of the test traffic on web:2/, /100 % of the production traffic on web:2/]
  },
  {
    name: 'linear',
    configuration: {
      strategy: 'LINEAR',
      linearConfiguration: {stepPercent: 40, stepBakeTimeInMinutes: 1},
      bakeTimeInMinutes: 1
    },
    steps: [40, 80, 100].map(percent => new RegExp(`${percent} % of the production traffic on web:2`))
  },
  {
    name: 'canary',
    configuration: {
      strategy: 'CANARY',
      canaryConfiguration: {canaryPercent: 10, canaryBakeTimeInMinutes: 2},
      bakeTimeInMinutes: 1
    },
    steps: [10, 100].map(percent => new RegExp(`${percent} % of the production traffic on web:2`))
  }
]

const pause = (timeout?: DeploymentLifecycleHook['timeoutConfiguration']): DeploymentLifecycleHook => ({
  targetType: 'PAUSE',
  lifecycleStages: ['POST_TEST_TRAFFIC_SHIFT'],
  timeoutConfiguration: timeout
})

const smokeTest: DeploymentLifecycleHook = {
  hookTargetArn: 'arn:aws:lambda:eu-central-1:111122223333:function:smoke-test',
  roleArn: 'arn:aws:iam::111122223333:role/hooks',
  lifecycleStages: ['POST_TEST_TRAFFIC_SHIFT']
}

const isPaused = /paused at POST_TEST_TRAFFIC_SHIFT: ECS waits until 20\d\d-.* UTC for somebody to continue/
const howToContinue = /uses: OWNER\/ecs-release\/continue@v1/

/** A service that shifts its traffic so. */
function service(configuration: DeploymentConfiguration, more: DeploymentConfiguration = {}): {service: ServiceSetup} {
  return {service: {targetGroup: {deregistrationDelaySeconds: 30}, deployment: {...configuration, ...more}}}
}

/** Everything that can come of one of the ways. */
function outcomesOf({name, configuration, steps}: (typeof ways)[number]): Scenario[] {
  const hooks = (...lifecycleHooks: DeploymentLifecycleHook[]) => service(configuration, {lifecycleHooks})
  return [
    {
      name: `${name}: deployed`,
      ...service(configuration),
      outcome: succeeded,
      expected: {
        status: 'deployed',
        exitCode: 0,
        says: [/Deployed web:2 to web in prod: 2 of 2 tasks run it/, /stage CLEAN_UP; BAKE_TIME took/, ...steps]
      }
    },
    {
      name: `${name}: crash, rolled back`,
      ...service(configuration),
      tag: 'v2-crash',
      outcome: rolledBack,
      expected: {
        status: 'rolled-back',
        exitCode: 1,
        says: [/Rolled back by the circuit breaker: .*exited with code 1/, /stage SCALE_UP/],
        saysNot: [/of the production traffic on web:2/]
      }
    },
    {
      name: `${name}: crash, not rolled back`,
      ...service(configuration, breaker(false)),
      tag: 'v2-crash',
      outcome: failed,
      expected: {
        status: 'failed',
        exitCode: 1,
        says: [/ECS gave up deploying web:2 to web in prod and does not roll back/]
      }
    },
    {
      name: `${name}: rolled back by an alarm`,
      ...service(configuration, alarms(true)),
      meanwhile: [{when: inStage('PRODUCTION_TRAFFIC_SHIFT'), what: alarmRings}],
      outcome: rolledBack,
      expected: {
        status: 'rolled-back',
        exitCode: 1,
        says: [/because the alarm web-5xx went off/, /\b0 % of the production traffic on web:2/]
      }
    },
    {
      name: `${name}: stopped by hand`,
      ...service(configuration),
      meanwhile: [{when: inStage('BAKE_TIME'), what: stopDeployment}],
      outcome: rolledBack,
      expected: {status: 'rolled-back', exitCode: 1, says: [/Rolled back because somebody asked for it: /]}
    },
    {
      name: `${name}: superseded`,
      ...service(configuration),
      meanwhile: [{when: inStage('POST_TEST_TRAFFIC_SHIFT'), what: anotherDeployment('web:1')}],
      outcome: superseded,
      expected: {status: 'superseded', exitCode: 1, says: [/Superseded: a newer deployment of web:1 .* replaced web:2/]}
    },
    {
      name: `${name}: paused and continued`,
      ...hooks(pause()),
      meanwhile: [{when: after(600), what: answerPause('CONTINUE')}],
      outcome: succeeded,
      expected: {
        status: 'deployed',
        exitCode: 0,
        says: [isPaused, howToContinue, /somebody continued the deployment at POST_TEST_TRAFFIC_SHIFT/]
      }
    },
    {
      name: `${name}: paused and rolled back`,
      ...hooks(pause()),
      meanwhile: [{when: after(600), what: answerPause('ROLLBACK')}],
      outcome: rolledBack,
      expected: {
        status: 'rolled-back',
        exitCode: 1,
        says: [isPaused, /Rolled back because somebody asked for it at POST_TEST_TRAFFIC_SHIFT: /]
      }
    },
    {
      name: `${name}: paused until its time is over`,
      ...hooks(pause({timeoutInMinutes: 10, action: 'ROLLBACK'})),
      outcome: rolledBack,
      expected: {
        status: 'rolled-back',
        exitCode: 1,
        says: [isPaused, /Rolled back because nobody continued it at POST_TEST_TRAFFIC_SHIFT in time: /]
      }
    }
  ]
}

const blueGreen = ways[0]?.configuration ?? {}

/** Deployments by which ECS shifts traffic. */
export const strategies: readonly Scenario[] = [
  ...ways.flatMap(outcomesOf),
  {
    name: 'pause that goes on by itself',
    ...service(blueGreen, {lifecycleHooks: [pause({timeoutInMinutes: 10, action: 'CONTINUE'})]}),
    outcome: succeeded,
    expected: {status: 'deployed', exitCode: 0, says: [isPaused, /nobody continued .* in time: ECS goes on/]}
  },
  {
    name: 'waits until it is paused',
    ...service(blueGreen, {lifecycleHooks: [pause()]}),
    inputs: {'wait-for': 'post-test-traffic-shift'},
    outcome: paused,
    expected: {
      status: 'paused',
      exitCode: 0,
      says: [/Paused at POST_TEST_TRAFFIC_SHIFT: .*100 % of the test traffic/, howToContinue, /--hook-id ecs-pause-/]
    }
  },
  {
    name: 'waits until a stage is reached',
    ...service(blueGreen),
    inputs: {'wait-for': 'BAKE_TIME'},
    outcome: inStage('BAKE_TIME'),
    expected: {status: 'reached', exitCode: 0, says: [/Reached BAKE_TIME: .*100 % of the production traffic/]}
  },
  {
    name: 'hook fails',
    ...service(blueGreen, {lifecycleHooks: [smokeTest]}),
    before: hooksAnswer({status: 'FAILED', afterSeconds: 30}),
    outcome: rolledBack,
    expected: {
      status: 'rolled-back',
      exitCode: 1,
      says: [/hook smoke-test answered FAILED/, /log group is \/aws\/lambda\/smoke-test/]
    }
  },
  {
    name: 'hook may not be called',
    ...service(blueGreen, {lifecycleHooks: [smokeTest]}),
    before: ({aws}) => {
      aws.ecs.setRole(smokeTest.roleArn ?? '', 'permissions')
    },
    outcome: rolledBack,
    expected: {status: 'rolled-back', exitCode: 1, says: [/Allow lambda:InvokeFunction on .*smoke-test to the role/]}
  },
  {
    name: 'load balancer is not set up for blue/green',
    ...service(blueGreen),
    before: ({aws}) => {
      aws.ecs.setRole('arn:aws:iam::111122223333:role/ecsInfrastructureRole', 'permissions')
    },
    outcome: rolledBack,
    expected: {
      status: 'rolled-back',
      exitCode: 1,
      says: [
        /Rolled back because the load balancer is not set up for it: /,
        /Attach the managed policy AmazonECSInfrastructureRolePolicyForLoadBalancers/
      ]
    }
  },
  {
    name: 'pause that may not be seen',
    ...service(blueGreen, {lifecycleHooks: [pause()]}),
    inputs: {'wait-for-minutes': '15'},
    before: faults({service: 'ecs', operation: 'DescribeServiceDeployments', fault: {kind: 'access-denied'}}),
    outcome: budgetEnds(15),
    expected: {
      status: 'timed-out',
      exitCode: 1,
      says: [
        /waiting: the end of the deployment: .* it pauses at POST_TEST_TRAFFIC_SHIFT, unseen/,
        /It may be paused at POST_TEST_TRAFFIC_SHIFT: /
      ]
    }
  },
  {
    name: 'superseded while it is paused',
    ...service(blueGreen, {lifecycleHooks: [pause()]}),
    meanwhile: [{when: after(300), what: anotherDeployment('web:1')}],
    outcome: superseded,
    expected: {status: 'superseded', exitCode: 1, says: [isPaused], saysNot: [/somebody (continued|had)/]}
  },
  {
    name: 'listener may not be changed once it is continued',
    ...service(blueGreen, {lifecycleHooks: [{...pause(), lifecycleStages: ['PRE_PRODUCTION_TRAFFIC_SHIFT']}]}),
    meanwhile: [
      {
        when: after(300),
        what: stage => {
          stage.aws.ecs.setRole('arn:aws:iam::111122223333:role/ecsInfrastructureRole', 'modify-listener')
          answerPause('CONTINUE')(stage)
        }
      }
    ],
    outcome: rolledBack,
    expected: {
      status: 'rolled-back',
      exitCode: 1,
      says: [/somebody continued the deployment/, /Rolled back because the load balancer is not set up for it: /],
      saysNot: [/lifecycle hook failed:/]
    }
  },
  {
    name: 'wait for a stage of a rolling deployment',
    inputs: {'wait-for': 'BAKE_TIME'},
    outcome: {what: 'the step starts', hasCome: () => true},
    expected: {
      status: 'error',
      exitCode: 1,
      says: [/has the deployment strategy ROLLING, whose deployments have no stages/]
    }
  }
]
