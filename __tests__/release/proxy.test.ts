import {expect, test} from '@jest/globals'
import {join} from 'node:path'
import {Account} from './account.ts'
import {startPartition, startProxy} from './gateways.ts'

/** GitHub, where only the proxy finds it. */
const GITHUB = 'pipelines.example.invalid'

function trusted({aws: {emulator}}: Account): string {
  return emulator.roles.create({name: 'release-web', trustsGithub: {subjects: ['repo:octo-org/web:*']}})
}

test.each([
  ['HTTP_PROXY', 'NO_PROXY'],
  ['http_proxy', 'no_proxy']
])('no request passes by the proxy in %s, but for what %s excepts', async (proxyName, exceptionName) => {
  await using account = await Account.open()
  await using github = await startPartition(account.aws.emulator.url, [])
  await using proxy = await startProxy({[`${GITHUB}:80`]: new URL(github.url).host})
  const role = trusted(account)
  const env = {
    AWS_ACCESS_KEY_ID: undefined,
    AWS_SECRET_ACCESS_KEY: undefined,
    ACTIONS_ID_TOKEN_REQUEST_URL: `http://${GITHUB}/_github/token?repository=octo-org/web`,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: account.aws.emulator.github.requestToken,
    [proxyName]: proxy.url
  }
  const through = await account.release({'role-to-assume': role}, {env})
  expect(through.outputs['status']).toBe('deployed')
  const made = account.requests().map(({operation}) => operation)
  expect(made).toEqual(expect.arrayContaining(['GET /_github/token', 'BatchGetImage', 'UpdateService']))
  expect(proxy.passed).toHaveLength(made.length)

  proxy.passed.length = 0
  const past = await account.release({'role-to-assume': role}, {env: {...env, [exceptionName]: account.host}})
  expect(past.exitCode).toBe(0)
  expect(new Set(proxy.passed)).toEqual(new Set([`${GITHUB}:80`]))
})

test('the credentials that the SDK finds by itself come through the proxy too', async () => {
  await using account = await Account.open()
  await using proxy = await startProxy()
  const {github} = account.aws.emulator
  const token = github.issue({sub: 'repo:octo-org/web:pod', aud: 'sts.amazonaws.com'})
  await account.file('token', token)
  const env = {
    HTTP_PROXY: proxy.url,
    AWS_ACCESS_KEY_ID: undefined,
    AWS_SECRET_ACCESS_KEY: undefined,
    AWS_WEB_IDENTITY_TOKEN_FILE: join(account.workspace, 'token'),
    AWS_ROLE_ARN: trusted(account)
  }
  const step = await account.release({}, {env})
  expect(step.outputs['status']).toBe('deployed')
  expect(account.requests().map(({operation}) => operation)).toContain('AssumeRoleWithWebIdentity')
  expect(proxy.passed).toHaveLength(account.requests().length)
})

test('a proxy that lets nothing through is named, without its password', async () => {
  await using account = await Account.open()
  await using proxy = await startProxy()
  const HTTPS_PROXY = proxy.url.replace('//', '//user:hunter2@')
  const step = await account.release({}, {env: {AWS_ENDPOINT_URL: undefined, HTTPS_PROXY}})
  expect(step.annotations.map(({message}) => message)).toEqual([
    `The proxy of the runner let no request through while reading the service web in the cluster prod (Failed to establish tunnel to ecs.eu-central-1.amazonaws.com:443 via ${proxy.url}/: HTTP/1.1 403 Forbidden): let it pass what goes to AWS, or except the host in NO_PROXY.`
  ])
  expect(step.lines.join('\n')).not.toContain('hunter2')
})
