import {describe, expect, test} from '@jest/globals'
import {denialBy, type EffectivePolicy} from '../../emulator/iam/evaluation.ts'
import {permissionsOf, rules, type IamBehaviour} from '../../emulator/iam/permissions.ts'
import {judge, parsePolicy, type Permission, type Policy, type PolicyStatement} from '../../emulator/iam/policy.ts'
import {createLocalAws} from '../../emulator/local-aws.ts'
import {registryOperations} from '../../emulator/registry.ts'

const UPDATE: Permission = {
  action: 'ecs:UpdateService',
  resource: 'arn:aws:ecs:eu-central-1:111122223333:service/prod/web',
  context: {
    'aws:RequestedRegion': 'eu-central-1',
    'ecs:cluster': 'arn:aws:ecs:eu-central-1:111122223333:cluster/prod'
  }
}

const ALLOW: PolicyStatement = {Effect: 'Allow', Action: 'ecs:UpdateService', Resource: '*'}

function when(operator: string, key: string, value: string | string[]): PolicyStatement {
  return {...ALLOW, Condition: {[operator]: {[key]: value}}}
}

describe('a policy is judged as IAM does', () => {
  const allowed: Record<string, PolicyStatement> = {
    'the action': ALLOW,
    'the action in other case': {...ALLOW, Action: 'ECS:updateservice'},
    'one of several actions': {...ALLOW, Action: ['ecs:DescribeServices', 'ecs:UpdateService']},
    'actions with *': {...ALLOW, Action: 'ecs:Update*'},
    'actions with ?': {...ALLOW, Action: 'ecs:UpdateServic?'},
    'all actions': {...ALLOW, Action: '*'},
    'the resource': {...ALLOW, Resource: UPDATE.resource},
    'one of several resources': {...ALLOW, Resource: ['arn:aws:ecs:us-east-1:111122223333:*', UPDATE.resource]},
    'resources with *': {...ALLOW, Resource: 'arn:aws:ecs:*:111122223333:service/*'},
    'resources with ?': {...ALLOW, Resource: 'arn:aws:ecs:eu-central-?:111122223333:service/prod/we?'},
    'a text that equals': when('StringEquals', 'aws:RequestedRegion', 'eu-central-1'),
    'a key in other case': when('StringEquals', 'AWS:requestedregion', 'eu-central-1'),
    'one of several texts': when('StringEquals', 'aws:RequestedRegion', ['us-east-1', 'eu-central-1']),
    'a text that is like it': when('StringLike', 'aws:RequestedRegion', 'eu-*'),
    'an ARN that equals': when('ArnEquals', 'ecs:cluster', 'arn:aws:ecs:eu-central-1:111122223333:cluster/prod'),
    'an ARN that is like it': when('ArnLike', 'ecs:cluster', 'arn:aws:ecs:*:*:cluster/pro?')
  }

  test.each(Object.entries(allowed))('allowed: %s', (_name, statement) => {
    expect(judge({Statement: [statement]}, UPDATE)).toBe('allowed')
  })

  const denied: Record<string, PolicyStatement> = {
    'another action': {...ALLOW, Action: 'ecs:DescribeServices'},
    'an action of another service': {...ALLOW, Action: 'ecr:*'},
    'a longer action': {...ALLOW, Action: 'ecs:UpdateServicePrimaryTaskSet'},
    'another service': {...ALLOW, Resource: 'arn:aws:ecs:eu-central-1:111122223333:service/prod/worker'},
    'another account': {...ALLOW, Resource: 'arn:aws:ecs:eu-central-1:444455556666:service/*'},
    'a resource in other case': {...ALLOW, Resource: UPDATE.resource.replace('web', 'Web')},
    'a wildcard that would have to reach over a colon': {
      ...ALLOW,
      Resource: 'arn:aws:*:111122223333:x:service/prod/web'
    },
    'another text': when('StringEquals', 'aws:RequestedRegion', 'us-east-1'),
    'a wildcard where none counts': when('StringEquals', 'aws:RequestedRegion', 'eu-*'),
    'another ARN': when('ArnEquals', 'ecs:cluster', 'arn:aws:ecs:eu-central-1:111122223333:cluster/test'),
    'a key that the request does not have': when('StringLike', 'iam:PassedToService', '*'),
    'one of two conditions': {
      ...ALLOW,
      Condition: {StringEquals: {'aws:RequestedRegion': 'eu-central-1'}, ArnEquals: {'ecs:cluster': 'arn:aws:ecs:::x'}}
    }
  }

  test.each(Object.entries(denied))('not allowed: %s', (_name, statement) => {
    expect(judge({Statement: [statement]}, UPDATE)).toBe('implicitly denied')
  })

  test('an action without resources is allowed for all of them only', () => {
    const list: Permission = {...UPDATE, resource: '*'}
    expect(judge({Statement: [ALLOW]}, list)).toBe('allowed')
    expect(judge({Statement: [{...ALLOW, Resource: UPDATE.resource}]}, list)).toBe('implicitly denied')
  })

  test('whoever denies wins', () => {
    const deny: PolicyStatement = {Effect: 'Deny', Action: 'ecs:*', Resource: UPDATE.resource}
    expect(judge({Statement: [deny, ALLOW]}, UPDATE)).toBe('explicitly denied')
    expect(judge({Statement: [ALLOW, {...deny, Action: 'ecr:*'}]}, UPDATE)).toBe('allowed')
  })

  test.each([
    [{NotAction: 'ecs:*'}, 'NotAction'],
    [{Principal: '*'}, 'Principal'],
    [{Condition: {StringNotEquals: {'aws:RequestedRegion': 'us-east-1'}}}, 'StringNotEquals'],
    [{Effect: 'allow'}, 'allow'],
    [{Resource: 'web'}, 'web'],
    [{Resource: 'arn:aws:ecs:*:*:service/prod/${aws:username}'}, 'variables']
  ])('what the emulator does not understand is refused: %j', (more, named) => {
    expect(() => parsePolicy(JSON.stringify({Statement: [{...ALLOW, ...more}]}))).toThrow(named)
  })
})

describe('of several policies', () => {
  const allows = {Statement: [ALLOW]}
  const isSilent = {Statement: []}
  const denies = {Statement: [ALLOW, {...ALLOW, Effect: 'Deny'} as const]}
  const identityBased = (policy: Policy): EffectivePolicy => ({kind: 'identity-based policy', policy})
  const boundary = (policy: Policy): EffectivePolicy => ({kind: 'permissions boundary', policy})

  test('each has to allow it', () => {
    expect(denialBy([identityBased(allows), boundary(allows)], UPDATE)).toBeUndefined()
    const silent = {kind: 'permissions boundary', isExplicit: false}
    expect(denialBy([identityBased(allows), boundary(isSilent)], UPDATE)).toEqual(silent)
  })

  test('the first one that does not is named, unless another one denies it', () => {
    const silent = {kind: 'identity-based policy', isExplicit: false}
    expect(denialBy([identityBased(isSilent), boundary(isSilent)], UPDATE)).toEqual(silent)
    const denied = {kind: 'permissions boundary', isExplicit: true}
    expect(denialBy([identityBased(isSilent), boundary(denies)], UPDATE)).toEqual(denied)
  })
})

const ECS = 'arn:aws:ecs:eu-central-1:111122223333'
const ECR = 'arn:aws:ecr:eu-central-1:111122223333'
const DEPLOY = 'arn:aws:codedeploy:eu-central-1:111122223333'
const ROLE = 'arn:aws:iam::111122223333:role/web-task'
const PROD = {'ecs:cluster': `${ECS}:cluster/prod`}
const TO_TASKS = {'iam:PassedToService': 'ecs-tasks.amazonaws.com'}

/** What an operation needs: action, resource and condition keys beside the region. */
function needs(request: string, input: object, behaviour: Partial<IamBehaviour> = {}): unknown[] {
  const [service = '', operation = ''] = request.split(':')
  const caller = {accessKeyId: '', arn: '', account: '111122223333'}
  const call = {operation, region: 'eu-central-1', caller}
  const surroundings = {
    behaviour: {resources: 'any', updatePassesRoles: false, ...behaviour} as const,
    rolesOf: () => [ROLE],
    deploymentGroupOf: () => 'shop/web',
    deploymentConfigOf: () => 'CodeDeployDefault.ECSAllAtOnce'
  }
  return permissionsOf({service, input, call}, surroundings).map(({action, resource, context}) => {
    const {'aws:RequestedRegion': region, ...others} = context
    expect(region).toBe('eu-central-1')
    return [...(action === request ? [] : [action]), resource, ...(Object.keys(others).length > 0 ? [others] : [])]
  })
}

describe('what an operation needs', () => {
  test('is known for all that the emulator plays, and for no other', async () => {
    const {emulator} = await createLocalAws()
    await emulator.close()
    const played = emulator.services.map(({name, operations}) => {
      const others = name === 'ecr' ? registryOperations : []
      return [name, [...new Set([...Object.keys(operations), ...others])].sort()]
    })
    const known = Object.entries(rules).map(([name, operations]) => [name, Object.keys(operations).sort()])
    expect(Object.fromEntries(known)).toEqual(Object.fromEntries(played))
  })

  test.each([
    ['ecs:UpdateService', {cluster: 'prod', service: 'web'}, [[`${ECS}:service/prod/web`, PROD]]],
    ['ecs:UpdateService', {cluster: `${ECS}:cluster/prod`, service: 'web'}, [[`${ECS}:service/prod/web`, PROD]]],
    ['ecs:UpdateService', {service: `${ECS}:service/prod/web`}, [[`${ECS}:service/prod/web`, PROD]]],
    [
      'ecs:UpdateService',
      {service: 'web'},
      [[`${ECS}:service/default/web`, {'ecs:cluster': `${ECS}:cluster/default`}]]
    ],
    ['ecs:CreateService', {cluster: 'prod', serviceName: 'web'}, [[`${ECS}:service/prod/web`, PROD]]],
    [
      'ecs:DescribeServices',
      {cluster: 'prod', services: ['web', 'worker']},
      [
        [`${ECS}:service/prod/web`, PROD],
        [`${ECS}:service/prod/worker`, PROD]
      ]
    ],
    ['ecs:ListServices', {cluster: 'prod'}, [['*', PROD]]],
    ['ecs:ListTasks', {cluster: 'prod'}, [['*', PROD]]],
    ['ecs:ListTasks', {cluster: 'prod', containerInstance: 'abc'}, [[`${ECS}:container-instance/prod/abc`, PROD]]],
    ['ecs:DescribeTasks', {cluster: 'prod', tasks: ['abc']}, [[`${ECS}:task/prod/abc`, PROD]]],
    [
      'ecs:RunTask',
      {cluster: 'prod', taskDefinition: 'web:3'},
      [
        [`${ECS}:task-definition/web:3`, PROD],
        ['iam:PassRole', ROLE, TO_TASKS]
      ]
    ],
    ['ecs:ListServiceDeployments', {cluster: 'prod', service: 'web'}, [[`${ECS}:service/prod/web`, PROD]]],
    [
      'ecs:DescribeServiceDeployments',
      {serviceDeploymentArns: [`${ECS}:service-deployment/prod/web/abc`]},
      [[`${ECS}:service-deployment/prod/web/abc`]]
    ],
    ['ecs:DescribeClusters', {}, [[`${ECS}:cluster/default`]]],
    ['ecs:DescribeTaskDefinition', {taskDefinition: 'web'}, [['*']]],
    ['ecs:RegisterTaskDefinition', {family: 'web', tags: [], taskRoleArn: ''}, [['*']]],
    [
      'ecs:RegisterTaskDefinition',
      {family: 'web', taskRoleArn: 'web-task', executionRoleArn: ROLE, tags: [{key: 'team', value: 'shop'}]},
      [
        ['*'],
        ['iam:PassRole', ROLE, TO_TASKS],
        ['iam:PassRole', ROLE, TO_TASKS],
        ['ecs:TagResource', `${ECS}:task-definition/web:*`, {'ecs:CreateAction': 'RegisterTaskDefinition'}]
      ]
    ],
    ['ecr:GetAuthorizationToken', {}, [['*']]],
    ['ecr:PutImage', {repositoryName: 'team/web'}, [[`${ECR}:repository/team/web`]]],
    [
      'ecr:PutImage',
      {repositoryName: 'web', registryId: '444455556666'},
      [['arn:aws:ecr:eu-central-1:444455556666:repository/web']]
    ],
    ['ecr:DescribeRepositories', {repositoryNames: ['web']}, [[`${ECR}:repository/web`]]],
    ['ecr:DescribeRepositories', {}, [[`${ECR}:repository/*`]]],
    [
      'codedeploy:CreateDeployment',
      {applicationName: 'shop', deploymentGroupName: 'web'},
      [
        [`${DEPLOY}:deploymentgroup:shop/web`],
        ['codedeploy:GetDeploymentConfig', `${DEPLOY}:deploymentconfig:CodeDeployDefault.ECSAllAtOnce`],
        ['codedeploy:RegisterApplicationRevision', `${DEPLOY}:application:shop`]
      ]
    ],
    [
      'codedeploy:GetDeploymentGroup',
      {applicationName: 'shop', deploymentGroupName: 'web'},
      [[`${DEPLOY}:deploymentgroup:shop/web`]]
    ],
    ['codedeploy:GetDeployment', {deploymentId: 'd-123456789'}, [[`${DEPLOY}:deploymentgroup:shop/web`]]],
    ['codedeploy:StopDeployment', {deploymentId: 'd-123456789'}, [[`${DEPLOY}:deploymentgroup:shop/web`]]],
    [
      'codedeploy:BatchGetDeploymentGroups',
      {applicationName: 'shop', deploymentGroupNames: ['web', 'api']},
      [[`${DEPLOY}:deploymentgroup:shop/web`], [`${DEPLOY}:deploymentgroup:shop/api`]]
    ],
    ['codedeploy:GetApplication', {applicationName: 'shop'}, [[`${DEPLOY}:application:shop`]]],
    ['codedeploy:GetDeploymentConfig', {deploymentConfigName: 'own'}, [[`${DEPLOY}:deploymentconfig:own`]]],
    ['sts:GetCallerIdentity', {}, []],
    ['sts:AssumeRole', {RoleArn: ROLE}, [[ROLE]]],
    ['elasticloadbalancing:DescribeTargetHealth', {TargetGroupArn: 'x'}, [['*']]],
    [
      'logs:GetLogEvents',
      {logGroupName: '/ecs/web', logStreamName: 'ecs/app/abc'},
      [['arn:aws:logs:eu-central-1:111122223333:log-group:/ecs/web:log-stream:ecs/app/abc']]
    ]
  ])('%s %j', (request, input, expected) => {
    expect(needs(request, input)).toEqual(expected)
  })

  test('may be about specific resources where refusals name them only of late', () => {
    const behaviour = {resources: 'specific'} as const
    expect(needs('ecs:RegisterTaskDefinition', {family: 'web'}, behaviour)).toEqual([[`${ECS}:task-definition/web:*`]])
    expect(needs('ecs:ListTasks', {cluster: 'prod'}, behaviour)).toEqual([[`${ECS}:container-instance/prod/*`, PROD]])
  })

  test('may be the roles of the new definition at an update, too', () => {
    const update = {cluster: 'prod', service: 'web', taskDefinition: 'web:3'}
    const behaviour = {updatePassesRoles: true}
    expect(needs('ecs:UpdateService', update, behaviour)).toEqual([
      [`${ECS}:service/prod/web`, PROD],
      ['iam:PassRole', ROLE, TO_TASKS]
    ])
    expect(needs('ecs:UpdateService', {...update, taskDefinition: undefined}, behaviour)).toHaveLength(1)
  })
})
