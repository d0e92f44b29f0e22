import type {FaultRule} from '../../../emulator/faults.ts'
import {allowMoreTasks, allowNoStep, faults} from '../happenings.ts'
import {accepted, after, rolledBack, sinceStart, succeeded} from '../moments.ts'
import type {Scenario} from '../scenario.ts'

const deployed: Scenario['expected'] = {
  status: 'deployed',
  exitCode: 0,
  says: [/Deployed web:2 to web in prod: 2 of 2 tasks run it/]
}

/** Nobody gets through to ECS; every second connection is cut. */
const down: readonly FaultRule[] = [
  {service: 'ecs', every: 2, fault: {kind: 'reset'}},
  {service: 'ecs', fault: {kind: 'server-error', status: 503}}
]

/** Every fifth call of each operation is throttled. */
const throttling: readonly FaultRule[] = [
  ...['DescribeServices', 'ListServiceDeployments', 'DescribeServiceDeployments', 'ListTasks', 'DescribeTasks'],
  ...['DescribeTaskDefinition', 'RegisterTaskDefinition', 'UpdateService']
].map(operation => ({service: 'ecs', operation, every: 5, fault: {kind: 'throttling'}}))

/** AWS does not answer as it should, which must not change the verdict. */
export const badDays: readonly Scenario[] = [
  {
    name: 'throttled throughout',
    before: faults(...throttling),
    outcome: succeeded,
    expected: deployed
  },
  {
    name: 'throttled throughout, crash at start',
    tag: 'v2-crash',
    before: faults(...throttling),
    outcome: rolledBack,
    expected: {status: 'rolled-back', exitCode: 1, says: [/Rolled back\b/, /exited with code 1/]}
  },
  {
    name: 'errors and cut connections for two minutes',
    service: {targetGroup: {deregistrationDelaySeconds: 120}},
    meanwhile: [
      {when: after(20), what: faults(...down)},
      {when: after(140), what: faults()}
    ],
    outcome: succeeded,
    expected: {...deployed, says: [...deployed.says, /state unknown since 0:2\d/, /state known again/]}
  },
  {
    name: 'stale reads after the update',
    before: faults({service: 'ecs', operation: 'DescribeServices', fault: {kind: 'stale', seconds: 20}}),
    meanwhile: [{when: after(60), what: faults()}],
    outcome: succeeded,
    expected: deployed
  },
  {
    name: 'the answer to the update is lost',
    before: faults({service: 'ecs', operation: 'UpdateService', call: 1, fault: {kind: 'answer-lost'}}),
    outcome: succeeded,
    expected: deployed
  },
  {
    name: 'session expires midway, nobody renews it',
    credentials: {kind: 'session', seconds: 60},
    outcome: sinceStart(60, 'the session has expired'),
    tries: 120,
    expected: {
      status: 'access-lost',
      exitCode: 1,
      says: [/Access lost: .*The security token included in the request is expired/]
    }
  },
  {
    name: 'session expires midway, the job renews it',
    meanwhile: [
      {when: accepted, what: allowNoStep},
      {when: after(3600), what: allowMoreTasks}
    ],
    credentials: {kind: 'oidc'},
    inputs: {'wait-for-minutes': '90'},
    outcome: succeeded,
    expected: deployed
  },
  {
    name: 'access denied midway',
    meanwhile: [{when: after(40), what: faults({service: 'ecs', fault: {kind: 'access-denied'}})}],
    outcome: after(40),
    expected: {
      status: 'access-lost',
      exitCode: 1,
      says: [/Access lost: .*is not authorized to perform: ecs:DescribeServices/]
    }
  },
  {
    name: 'only what is needed is allowed',
    tag: 'v2-crash',
    before: faults(
      ...['ListServiceDeployments', 'DescribeServiceDeployments', 'ListTasks', 'DescribeTasks'].map(
        operation => ({service: 'ecs', operation, fault: {kind: 'access-denied'}}) as const
      ),
      {service: 'logs', fault: {kind: 'access-denied'}},
      {service: 'elasticloadbalancing', fault: {kind: 'access-denied'}}
    ),
    outcome: rolledBack,
    expected: {status: 'rolled-back', exitCode: 1, says: [/Rolled back\b/, /not checked: missing ecs:ListTasks/]}
  }
]
