import {describe, expect, test} from '@jest/globals'
import {Account} from './account.ts'
import {startPartition, startProxy} from './gateways.ts'

const DUAL_STACK = {AWS_USE_DUALSTACK_ENDPOINT: 'true'}
const FIPS = {AWS_USE_FIPS_ENDPOINT: 'true'}

describe('endpoints are those of the partition', () => {
  test.each([
    ['eu-central-1', {}, ['sts.eu-central-1.amazonaws.com', 'ecs.eu-central-1.amazonaws.com']],
    ['eu-central-1', DUAL_STACK, ['sts.eu-central-1.api.aws', 'ecs.eu-central-1.api.aws']],
    ['us-east-1', FIPS, ['sts-fips.us-east-1.amazonaws.com', 'ecs-fips.us-east-1.amazonaws.com']],
    ['us-east-1', {...DUAL_STACK, ...FIPS}, ['sts-fips.us-east-1.api.aws', 'ecs-fips.us-east-1.api.aws']],
    ['cn-north-1', {}, ['sts.cn-north-1.amazonaws.com.cn', 'ecs.cn-north-1.amazonaws.com.cn']],
    ['us-gov-west-1', {}, ['sts.us-gov-west-1.amazonaws.com', 'ecs.us-gov-west-1.amazonaws.com']],
    ['eusc-de-east-1', {}, ['sts.eusc-de-east-1.amazonaws.eu', 'ecs.eusc-de-east-1.amazonaws.eu']],
    ['us-iso-east-1', {}, ['sts.us-iso-east-1.c2s.ic.gov', 'ecs.us-iso-east-1.c2s.ic.gov']]
  ])('%s with %j', async (region, env, hosts) => {
    await using account = await Account.open()
    await using proxy = await startProxy()
    const step = await account.release(
      {'aws-region': region},
      {env: {...env, AWS_ENDPOINT_URL: undefined, HTTPS_PROXY: proxy.url}}
    )
    expect(step.exitCode).toBe(1)
    expect([...new Set(proxy.refused)]).toEqual(hosts.map(host => `${host}:443`))
  })
})

interface Partition {
  readonly partition: string
  readonly region: string
  /** `undefined` where there is no link. */
  readonly console: string | undefined
  readonly audience?: string
}

const partitions: readonly Partition[] = [
  {partition: 'aws-cn', region: 'cn-north-1', console: 'cn-north-1.console.amazonaws.cn'},
  {
    partition: 'aws-cn',
    region: 'cn-northwest-1',
    console: 'cn-northwest-1.console.amazonaws.cn',
    audience: 'sts.amazonaws.com.cn'
  },
  {partition: 'aws-us-gov', region: 'us-gov-west-1', console: 'us-gov-west-1.console.amazonaws-us-gov.com'},
  {partition: 'aws-eusc', region: 'eusc-de-east-1', console: 'eusc-de-east-1.console.amazonaws-eusc.eu'},
  {partition: 'aws-iso', region: 'us-iso-east-1', console: undefined}
]

/** The account's part of AWS, made one of another partition, and a job there that may ask for OIDC tokens. */
async function moved(account: Account, {partition, region, audience = 'sts.amazonaws.com'}: Partition) {
  const {emulator} = account.aws
  emulator.roles.providers.set('https://token.actions.githubusercontent.com', [audience])
  const role = emulator.roles.create({
    name: 'release-web',
    trustsGithub: {subjects: ['repo:octo-org/web:*'], audiences: [audience]}
  })
  const outside = (text: string): string => text.replaceAll('arn:aws:', `arn:${partition}:`)
  const gateway = await startPartition(emulator.url, [
    ['arn:aws:', `arn:${partition}:`],
    ['eu-central-1', region]
  ])
  const env = {
    AWS_ENDPOINT_URL: gateway.url,
    AWS_ACCESS_KEY_ID: undefined,
    AWS_SECRET_ACCESS_KEY: undefined,
    ACTIONS_ID_TOKEN_REQUEST_URL: `${emulator.url}/_github/token?repository=octo-org/web`,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: emulator.github.requestToken
  }
  await account.file('task-definition.json', outside(JSON.stringify(account.definition('v1'))))
  const inputs = {'role-to-assume': outside(role), 'aws-region': region}
  return {
    release: (more: Record<string, string> = {}) => account.release({...inputs, ...more}, {env}),
    [Symbol.asyncDispose]: () => gateway[Symbol.asyncDispose]()
  }
}

describe('a release in another partition', () => {
  test.each(partitions)('$partition, $region, $audience', async wanted => {
    const {partition, region, console} = wanted
    await using account = await Account.open()
    await using there = await moved(account, wanted)
    const step = await there.release({
      cluster: `arn:${partition}:ecs:${region}:111122223333:cluster/prod`,
      service: `arn:${partition}:ecs:${region}:111122223333:service/prod/web`
    })
    expect(step.annotations).toEqual([])
    expect(step.outputs).toMatchObject({
      status: 'deployed',
      'task-definition': 'web:2',
      'task-definition-arn': `arn:${partition}:ecs:${region}:111122223333:task-definition/web:2`
    })
    expect(step.outputs['console-url']).toEqual(
      console &&
        expect.stringMatching(
          `^https://${console}/ecs/v2/clusters/prod/services/web/deployments/[^/]+\\?region=${region}$`
        )
    )
    expect([step.log, step.summary, ...Object.values(step.outputs)].join('\n')).not.toMatch(
      /arn:aws:|console\.aws\.amazon/
    )
  })

  test('a task definition by its ARN, and a statement to paste', async () => {
    await using account = await Account.open()
    await using there = await moved(account, {partition: 'aws-cn', region: 'cn-north-1', console: undefined})
    account.aws.emulator.faults.set([{service: 'ecs', operation: 'UpdateService', fault: {kind: 'access-denied'}}])
    const step = await there.release({
      'task-definition': 'arn:aws-cn:ecs:cn-north-1:111122223333:task-definition/web:1'
    })
    expect(step.annotations).toHaveLength(1)
    expect(step.log).toContain('"Resource": "arn:aws-cn:ecs:cn-north-1:111122223333:service/prod/web"')
  })

  test('a role of another partition is refused before AWS is asked', async () => {
    await using account = await Account.open()
    const step = await account.release({'role-to-assume': 'arn:aws-cn:iam::111122223333:role/release-web'})
    expect(step.annotations.map(({message}) => message)).toEqual([
      'The role arn:aws-cn:iam::111122223333:role/release-web is of the partition aws-cn, but the region eu-central-1 is in aws: correct `role-to-assume` or `aws-region`.'
    ])
    expect(account.requests()).toEqual([])
  })

  test('in China, where no audience is trusted, the usual one is asked for', async () => {
    await using account = await Account.open()
    await using there = await moved(account, {
      partition: 'aws-cn',
      region: 'cn-north-1',
      console: undefined,
      audience: 'another'
    })
    const step = await there.release()
    expect(step.annotations.map(({message}) => message)).toEqual([
      "The account of arn:aws-cn:iam::111122223333:role/release-web does not accept GitHub's OIDC tokens: Incorrect token audience: add the identity provider https://token.actions.githubusercontent.com with the audience `sts.amazonaws.com` to IAM."
    ])
    expect(account.requests().filter(({operation}) => operation === 'AssumeRoleWithWebIdentity')).toHaveLength(2)
  })
})
