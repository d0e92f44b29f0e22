import {CreateCapacityProviderCommand, RegisterTaskDefinitionCommand} from '@aws-sdk/client-ecs'
import {describe, expect, test} from '@jest/globals'
import {judge, type Permission, type PolicyStatement} from '../../emulator/iam/policy.ts'
import type {StepResult} from '../../emulator/runner.ts'
import {CHECKS} from '../../src/check/checks.ts'
import {Account} from './account.ts'
import {
  actionsOf,
  alsoFor,
  askedFor,
  idleResources,
  openAccount,
  plus,
  printedStatement,
  readmePolicy,
  readmeTable,
  releaseUnder,
  without
} from './readme-policy.ts'

const policy = readmePolicy()

const ECS = 'arn:aws:ecs:eu-central-1:111122223333'
const ECR = 'arn:aws:ecr:eu-central-1:111122223333'
const LOGS = 'arn:aws:logs:eu-central-1:111122223333:log-group:/ecs/web'
const TASK_ROLE = 'arn:aws:iam::111122223333:role/web-task'
const EXECUTION_ROLE = 'arn:aws:iam::111122223333:role/web-execution'

/** What a release that may not do something says and prints. */
interface Refusal {
  readonly sentence: string
  /** To be added to the policy. */
  readonly statement: PolicyStatement
}

function denied(Action: string, Resource: string, doing: string, otherwise = ''): Refusal {
  return {
    sentence: `The role that releases may not ${Action} on ${Resource} (denied while ${doing}): add this statement to its policy${otherwise}.`,
    statement: {Effect: 'Allow', Action, Resource}
  }
}

function notPassed(role: string): Refusal {
  const Condition = {StringEquals: {'iam:PassedToService': 'ecs-tasks.amazonaws.com'}}
  return {
    sentence: `The role that releases may not pass ${role} to ECS (iam:PassRole was denied while registering the task definition task-definition.json): add this statement to its policy.`,
    statement: {Effect: 'Allow', Action: 'iam:PassRole', Resource: role, Condition}
  }
}

const SERVICE = `${ECS}:service/prod/web`
const ANOTHER = ', or correct the inputs `service` and `cluster` if they name another one'
const READING = denied('ecs:DescribeServices', SERVICE, 'reading the service web in the cluster prod', ANOTHER)
const UPDATING = denied('ecs:UpdateService', SERVICE, 'updating the service web')
const FAMILY = `${ECS}:task-definition/web:*`
const NOT_TAGGED = 'revision not tagged with where it is from: missing ecs:TagResource'
const REGISTERING = denied('ecs:RegisterTaskDefinition', '*', 'registering the task definition task-definition.json')

/**
 * What becomes of a release without a statement (by its `Sid`), an action or a resource of the policy: it is refused, or it
 * says what it could not check. What only a build asks for has its place among the tests with Docker.
 */
const consequences: Record<string, Refusal | string> = {
  SignInToEcr: 'whether the image is in ECR not checked: missing ecr:GetAuthorizationToken',
  'ecr:GetAuthorizationToken': 'whether the image is in ECR not checked: missing ecr:GetAuthorizationToken',
  PushTheImage: 'not checked: missing ecr:BatchGetImage',
  'ecr:GetDownloadUrlForLayer': 'not checked: missing ecr:GetDownloadUrlForLayer',
  'ecr:BatchGetImage': 'not checked: missing ecr:BatchGetImage',
  [`${ECR}:repository/web`]: 'not checked: missing ecr:BatchGetImage',
  RegisterTheTaskDefinition: REGISTERING,
  'ecs:DescribeTaskDefinition': 'not checked: missing ecs:DescribeTaskDefinition',
  'ecs:RegisterTaskDefinition': REGISTERING,
  TagTheTaskDefinition: NOT_TAGGED,
  'ecs:TagResource': NOT_TAGGED,
  [FAMILY]: NOT_TAGGED,
  PassTheRolesOfTheTasks: notPassed(TASK_ROLE),
  'iam:PassRole': notPassed(TASK_ROLE),
  [TASK_ROLE]: notPassed(TASK_ROLE),
  [EXECUTION_ROLE]: notPassed(EXECUTION_ROLE),
  UpdateAndFollowTheService: READING,
  'ecs:DescribeServices': READING,
  'ecs:UpdateService': UPDATING,
  [SERVICE]: READING,
  'ecs:ListServiceDeployments': 'not checked: missing ecs:ListServiceDeployments',
  'ecs:DescribeServiceDeployments': 'not checked: missing ecs:DescribeServiceDeployments',
  [`${ECS}:service-deployment/prod/web/*`]: 'not checked: missing ecs:DescribeServiceDeployments',
  SayWhyTasksStopped: 'not checked: missing ecs:ListTasks',
  'ecs:ListTasks': 'not checked: missing ecs:ListTasks',
  'ecs:DescribeTasks': 'not checked: missing ecs:DescribeTasks',
  LookAtTheTargetGroups: 'not checked: missing elasticloadbalancing:DescribeTargetGroups',
  'elasticloadbalancing:DescribeTargetGroups': 'not checked: missing elasticloadbalancing:DescribeTargetGroups',
  'elasticloadbalancing:DescribeTargetGroupAttributes':
    'not checked: missing elasticloadbalancing:DescribeTargetGroupAttributes'
}

/** The same of a release whose tasks fail. */
const consequencesOfFailing: Record<string, string> = {
  ShowTheirLogs: 'not checked: missing logs:GetLogEvents',
  'logs:GetLogEvents': 'not checked: missing logs:GetLogEvents',
  [`${LOGS}:*`]: 'not checked: missing logs:GetLogEvents',
  'elasticloadbalancing:DescribeTargetHealth': 'not checked: missing elasticloadbalancing:DescribeTargetHealth'
}

/** Asked for by builds only, see the tests with Docker. */
const ofBuilds = actionsOf(policy, 'PushTheImage').filter(
  action => !['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'].includes(action)
)

describe('under the policy in the README', () => {
  test.each(['any', 'specific'] as const)('a release is green; resources that AWS asks for: %s', async resources => {
    await using account = await openAccount()
    Object.assign(account.aws.emulator.policies.behaviour, {resources, updatePassesRoles: true})
    const step = await account.release()
    expect(step).toMatchObject({exitCode: 0, annotations: [], outputs: {status: 'deployed'}})
    expect(step.log).not.toContain('not checked')
  })

  test('a release that fails says why its tasks stopped', async () => {
    await using account = await openAccount()
    const step = await account.release({image: account.uri('v2-crash')})
    expect(step.outputs['status']).toBe('rolled-back')
    expect(step.log).toMatch(/\d tasks stopped: Essential container in task exited; container app exited with code 1/)
    expect(step.log).toContain('    Error: cannot connect to the database')
    expect(step.log).not.toContain('not checked')
  })

  test('a release asks for every action and every resource of it, and for nothing else', async () => {
    await using account = await openAccount()
    await account.release()
    await account.release({image: account.uri('v2-never-healthy')})
    expect([...askedFor(account), ...ofBuilds].sort()).toEqual(actionsOf(policy))
    expect(idleResources(policy, account)).toEqual([])
  })

  const inTest = {'ecs:cluster': `${ECS}:cluster/test`}
  const elsewhere: readonly Permission[] = [
    {action: 'ecs:UpdateService', resource: `${ECS}:service/prod/worker`, context: {}},
    {action: 'ecs:UpdateService', resource: `${ECS}:service/test/web`, context: inTest},
    {action: 'ecs:UpdateService', resource: SERVICE.replace('eu-central-1', 'us-east-1'), context: {}},
    {action: 'ecs:DescribeServiceDeployments', resource: `${ECS}:service-deployment/prod/worker/abc`, context: {}},
    {action: 'ecs:ListTasks', resource: '*', context: inTest},
    {action: 'ecs:DescribeTasks', resource: `${ECS}:task/test/abc`, context: inTest},
    {action: 'logs:GetLogEvents', resource: `${LOGS}-of-another:log-stream:x`, context: {}},
    {action: 'logs:FilterLogEvents', resource: `${LOGS}:log-stream:x`, context: {}},
    {action: 'elasticloadbalancing:DeleteTargetGroup', resource: '*', context: {}},
    {action: 'ecs:DeleteService', resource: SERVICE, context: {}},
    {action: 'ecs:TagResource', resource: FAMILY, context: {}},
    {action: 'ecs:TagResource', resource: FAMILY, context: {'ecs:CreateAction': 'RunTask'}},
    {
      action: 'ecs:TagResource',
      resource: `${ECS}:task-definition/worker:*`,
      context: {'ecs:CreateAction': 'RegisterTaskDefinition'}
    },
    {action: 'ecr:PutImage', resource: `${ECR}:repository/worker`, context: {}},
    {action: 'ecr:BatchDeleteImage', resource: `${ECR}:repository/web`, context: {}},
    {
      action: 'iam:PassRole',
      resource: 'arn:aws:iam::111122223333:role/admin',
      context: {'iam:PassedToService': 'ecs-tasks.amazonaws.com'}
    },
    {action: 'iam:PassRole', resource: TASK_ROLE, context: {'iam:PassedToService': 'lambda.amazonaws.com'}}
  ]

  test.each(elsewhere)('nobody may $action on $resource $context', permission => {
    expect(judge(policy, permission)).toBe('implicitly denied')
  })
})

describe('without a part of the policy', () => {
  test('what becomes of a release is known for each of its statements, actions and resources', () => {
    const statements = policy.Statement.map(({Sid = ''}) => Sid)
    const resources = policy.Statement.flatMap(({Resource}) => Resource).filter(resource => resource !== '*')
    const actions = actionsOf(policy).filter(action => !ofBuilds.includes(action))
    const known = [...Object.keys(consequences), ...Object.keys(consequencesOfFailing)]
    expect(known.sort()).toEqual([...statements, ...actions, ...resources].sort())
  })

  test.each(Object.entries(consequences))('%s', async (part, consequence) => {
    await using account = await openAccount()
    const step = await releaseUnder(without(policy, part), account)
    if (typeof consequence === 'string') {
      expect(step.log).toContain(consequence)
      expect(step).toMatchObject({exitCode: 0, annotations: [], outputs: {status: 'deployed'}})
    } else expectRefusal(step, consequence)
  })

  test.each(Object.entries(consequencesOfFailing))('%s, when tasks fail', async (part, consequence) => {
    await using account = await openAccount()
    const step = await releaseUnder(without(policy, part), account, {image: account.uri('v2-never-healthy')})
    expect(step.log).toContain(consequence)
    expect(step.log).toContain('Task failed ELB health checks')
    expect(step).toMatchObject({exitCode: 1, outputs: {status: 'rolled-back'}})
  })

  test('the README names the actions that only help', () => {
    const helpful = actionsOf(policy).filter(
      action => typeof consequences[action] === 'string' || consequencesOfFailing[action] !== undefined
    )
    const ofPushes = ['ecr:GetAuthorizationToken', 'ecr:BatchGetImage']
    const expected = [...helpful, 'ecr:DescribeRepositories']
    const named = readmeTable('optional').flatMap(([actions = '']) => actions)
    expect(named.sort()).toEqual(expected.filter(action => !ofPushes.includes(action)).sort())
  })

  const needed = ['RegisterTheTaskDefinition', 'PassTheRolesOfTheTasks', 'UpdateAndFollowTheService']

  test.each(needed)('%s: with the statements that it prints, it is green again', async part => {
    await using account = await openAccount()
    let granted = without(policy, part)
    let step = await releaseUnder(granted, account)
    for (let rounds = 0; step.exitCode !== 0 && rounds < 3; rounds++) {
      const statement = printedStatement(step)
      if (statement === undefined) throw new Error(`No statement to add:\n${step.log}`)
      granted = plus(granted, statement)
      step = await releaseUnder(granted, account)
    }
    expect(step).toMatchObject({exitCode: 0, outputs: {status: 'deployed'}})
  })
})

describe('what goes beyond the policy in the README', () => {
  test('without a definition in the repository, the running one has to be read', async () => {
    await using account = await Account.open()
    const step = await releaseUnder(without(policy, 'ecs:DescribeTaskDefinition'), account)
    const running = `${ECS}:task-definition/web:1`
    expectRefusal(step, denied('ecs:DescribeTaskDefinition', '*', `reading the task definition ${running}`))
  })

  test('tags in the definition need ecs:TagResource for its family', async () => {
    await using account = await Account.open()
    await account.file('task-definition.json', account.definition('v1', {tags: [{key: 'team', value: 'shop'}]}))
    const step = await releaseUnder(without(policy, 'ecs:TagResource'), account)
    expectRefusal(step, denied('ecs:TagResource', FAMILY, 'registering the task definition task-definition.json'))
    expect(await releaseUnder(policy, account)).toMatchObject({exitCode: 0, outputs: {status: 'deployed'}})
  })

  test('a further service has its place in the resources of one statement', async () => {
    await using account = await openAccount()
    await account.service({serviceName: 'worker', desiredCount: 1})
    account.advance(600)
    const inputs = {service: 'web\nworker'}
    const worker = `${ECS}:service/prod/worker`
    expect((await account.release(inputs)).annotations[0]?.message).toContain(`ecs:DescribeServices on ${worker}`)
    const granted = alsoFor('worker', policy)
    const step = await releaseUnder(granted, account, inputs)
    expect(step).toMatchObject({exitCode: 0, annotations: [], outputs: {status: 'deployed'}})
    expect(step.log).not.toContain('not checked')
    // No task failed, so no log was read.
    expect(idleResources(granted, account).filter(arn => !arn.startsWith('arn:aws:logs:'))).toEqual([])
  })

  test('a service of another name may not be read; with further rights, the right names are listed', async () => {
    await using account = await openAccount()
    const inputs = {service: 'wbe'}
    const wbe = `${ECS}:service/prod/wbe`
    const step = await account.release(inputs)
    expectRefusal(step, denied('ecs:DescribeServices', wbe, 'reading the service wbe in the cluster prod', ANOTHER))
    const Action = ['ecs:DescribeServices', 'ecs:ListClusters', 'ecs:ListServices']
    const helped = await releaseUnder(plus(policy, {Effect: 'Allow', Action, Resource: '*'}), account, inputs)
    expect(helped.annotations.map(({message}) => message)).toEqual([
      'There is no service wbe in the cluster prod (eu-central-1 of account 111122223333): set the input `service` to one of web.'
    ])
  })

  test('a statement elsewhere that denies is not answered with one that allows', async () => {
    await using account = await openAccount()
    const step = await releaseUnder(plus(policy, {Effect: 'Deny', Action: 'ecs:UpdateService', Resource: '*'}), account)
    expect(step.annotations.map(({message}) => message)).toEqual([
      `AWS denied ecs:UpdateService on ${SERVICE} while updating the service web, with an explicit deny in an identity-based policy: that policy must let this role through.`
    ])
    expect(printedStatement(step)).toBeUndefined()
  })

  test('a family instead of * for RegisterTaskDefinition does only where AWS asks for families', async () => {
    await using account = await openAccount()
    const families = plus(without(policy, 'ecs:RegisterTaskDefinition'), {
      Effect: 'Allow',
      Action: 'ecs:RegisterTaskDefinition',
      Resource: `${ECS}:task-definition/web:*`
    })
    expectRefusal(await releaseUnder(families, account), REGISTERING)
    account.aws.emulator.policies.behaviour.resources = 'specific'
    expect(await releaseUnder(families, account)).toMatchObject({exitCode: 0, outputs: {status: 'deployed'}})
  })
})

describe('what the README says may be added', () => {
  /** For the names in an error about a wrong one, which has a test of its own. */
  const ofNames = ['ecs:DescribeServices', 'ecs:ListClusters', 'ecs:ListServices']
  const SECRET = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:web-AbCdEf'
  const ON_EC2 = {plan: 'true', service: 'on-ec2'}
  const rows = readmeTable('additional')
  const added = rows
    .filter(([actions = []]) => !actions.some(action => ofNames.includes(action)))
    .map(([[action = ''] = [], [resource = SECRET] = []]) => ({action, resource}))
  const statements = added.map(({action, resource}) => ({Effect: 'Allow' as const, Action: action, Resource: resource}))

  test('are the actions of the checks that a release can do without, and those for names', () => {
    const ofChecks = CHECKS.flatMap(({needs}) => needs).filter(action => !actionsOf(policy).includes(action))
    const named = rows.flatMap(([actions = []]) => actions)
    expect(named.sort()).toEqual([...new Set([...ofChecks, ...ofNames])].sort())
  })

  test.each(added)(
    '$action on $resource: without it, that is not checked; with all, everything is',
    async ({action}) => {
      await using account = await openOnEc2()
      const all = statements.reduce(plus, alsoFor('on-ec2', policy))
      const step = await releaseUnder(without(all, action), account, ON_EC2)
      expect(step).toMatchObject({exitCode: 0, outputs: {status: 'planned'}})
      expect(step.log.match(/missing \S+/g)).toEqual([`missing ${action}`])
      expect((await releaseUnder(all, account, ON_EC2)).log).not.toContain('not checked')
    }
  )

  /** Two tasks on an instance of a capacity provider, and a definition with a secret and a parameter. */
  async function openOnEc2(): Promise<Account> {
    const account = await Account.open()
    const {emulator, ecs} = account.aws
    emulator.secrets.create({name: 'web', suffix: 'AbCdEf'})
    emulator.parameters.put('/web/token')
    await account.client.send(
      new CreateCapacityProviderCommand({
        name: 'instances',
        autoScalingGroupProvider: {
          autoScalingGroupArn:
            'arn:aws:autoscaling:eu-central-1:111122223333:autoScalingGroup:0c4e0b8a-1b7e-4c0b-8f0e-0a1b2c3d4e5f:autoScalingGroupName/web'
        }
      })
    )
    ecs.addInstance('prod', {cpu: 8192, memory: 16384, capacityProvider: 'instances'})
    const more = {requiresCompatibilities: ['EC2']}
    await account.client.send(new RegisterTaskDefinitionCommand(account.definition('v1', more) as never))
    const capacityProviderStrategy = [{capacityProvider: 'instances', weight: 1}]
    await account.service({serviceName: 'on-ec2', launchType: undefined, capacityProviderStrategy})
    account.advance(600)
    const secrets = [
      {name: 'KEY', valueFrom: SECRET},
      {name: 'TOKEN', valueFrom: '/web/token'}
    ]
    await account.file('task-definition.json', account.definition('v1', more, {secrets}))
    return account
  }
})

test('a plan needs nothing that changes anything', async () => {
  await using account = await openAccount()
  const changing =
    /^(ecr:(CompleteLayerUpload|InitiateLayerUpload|PutImage|UploadLayerPart)|ecs:(RegisterTaskDefinition|TagResource|UpdateService)|iam:PassRole)$/
  const reading = actionsOf(policy)
    .filter(action => changing.test(action))
    .reduce(without, policy)
  const step = await releaseUnder(reading, account, {plan: 'true'})
  expect(step).toMatchObject({exitCode: 0, annotations: [], outputs: {status: 'planned'}})
  expect(step.log).not.toContain('not checked')
})

/** The release failed with one sentence, and printed the statement to add. */
function expectRefusal(step: StepResult, {sentence, statement}: Refusal): void {
  expect(step.annotations.map(({level, message}) => [level, message])).toEqual([['error', sentence]])
  expect(printedStatement(step)).toEqual(statement)
  expect(step).toMatchObject({exitCode: 1, outputs: {status: 'error'}})
}
