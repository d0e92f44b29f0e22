import {once} from 'node:events'
import {createServer} from 'node:http'
import type {AddressInfo} from 'node:net'
import {afterEach, expect, test} from '@jest/globals'
import {credentialsOf, sessionName} from '../../src/aws/credentials.ts'
import {agents, requestHandler} from '../../src/aws/http.ts'
import {testWorld} from '../image/support.ts'

const ROLE = 'arn:aws:iam::111122223333:role/release-web'
const JOB = {repository: 'acme/shop', runId: '1', attempt: 1}
const FIX = 'permissions:\n  id-token: write\n  contents: read'
const NAMES = ['ACTIONS_ID_TOKEN_REQUEST_TOKEN', 'ACTIONS_ID_TOKEN_REQUEST_URL'] as const

afterEach(() => {
  for (const name of NAMES) Reflect.deleteProperty(process.env, name)
})

/** Assumes the role in a job with these variables. */
async function assume(env: Record<string, string>): Promise<unknown> {
  Object.assign(process.env, env)
  const connection = {region: 'eu-central-1', requestHandler: requestHandler(agents({}))}
  const world = testWorld({AWS_EC2_METADATA_DISABLED: 'true', ...env})
  return credentialsOf(ROLE, JOB, connection, world)?.()
}

test('a token that GitHub does not give is no defect', async () => {
  const server = createServer((_, response) => response.writeHead(403).end('{"message": "Forbidden"}'))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/token?job=1`
  await expect(
    assume({ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'request', ACTIONS_ID_TOKEN_REQUEST_URL: url})
  ).rejects.toMatchObject({
    name: 'Failure',
    message: expect.stringMatching(/^GitHub gave this job no OIDC token to assume arn:\S+ with \(.*403/) as unknown,
    fix: FIX
  })
  server.closeAllConnections()
  server.close()
})

test('half of the token endpoint is none', async () => {
  process.env['AWS_EC2_METADATA_DISABLED'] = 'true'
  await expect(assume({ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'request'})).rejects.toMatchObject({
    name: 'Failure',
    message: expect.stringContaining('has neither an OIDC token nor AWS credentials') as unknown,
    fix: FIX
  })
})

test.each([
  ['acme/shop', 'ecs-release-acme-shop-1658821493-2'],
  ['acme_corp/shop.web', 'ecs-release-acme_corp-shop.web-1658821493-2'],
  ['Ünïcorp/größe', 'ecs-release--n-corp-gr--e-1658821493-2'],
  [`${'o'.repeat(39)}/shop`, 'ecs-release-shop-1658821493-2'],
  [`acme/${'r'.repeat(100)}`, `ecs-release-${'r'.repeat(39)}-1658821493-2`]
])('a session of %s says which run it is, in what STS takes', (repository, name) => {
  expect(sessionName({repository, runId: '1658821493', attempt: 2})).toBe(name)
  expect(name).toMatch(/^[\w+=,.@-]{2,64}$/)
})
