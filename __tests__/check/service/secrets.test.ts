import {afterEach, beforeEach, describe, expect, test} from '@jest/globals'
import {createEmulator, type Emulator, staticCredentials} from '../../../emulator/server.ts'
import {connect} from '../../../src/aws/clients.ts'
import type {Check} from '../../../src/check/check.ts'
import {parameterExists, secretArn, secretExists, secretValue} from '../../../src/check/service/secrets/checks.ts'
import {gatherSecrets} from '../../../src/check/service/secrets/gather.ts'
import {secretReferences} from '../../../src/check/service/secrets/reference.ts'
import type {JsonObject} from '../../../src/definition/json.ts'
import {testWorld} from '../../image/support.ts'
import {container, definitionOf, fargate, messages, situation} from '../situation.ts'

const ARN = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:web/database-AbCdEf'
const PARAMETERS = 'arn:aws:ssm:eu-central-1:111122223333:parameter'

/** A definition with a secret for each of `from`. */
function withSecrets(...from: readonly string[]): JsonObject {
  const secrets = from.map((valueFrom, index) => ({name: `SECRET_${index}`, valueFrom}))
  return fargate({containerDefinitions: [container({secrets})]})
}

describe('what names a secret', () => {
  const secret = {kind: 'secret', region: 'eu-central-1', id: ARN, stage: 'AWSCURRENT', version: undefined}
  const parameter = {kind: 'parameter', region: 'eu-central-1', account: '111122223333', isArn: true}

  test.each([
    [ARN, secret],
    [`${ARN}:password::`, secret],
    [`${ARN}:password:AWSPREVIOUS:`, {...secret, stage: 'AWSPREVIOUS'}],
    [`${ARN}:::5b2c-7`, {...secret, version: '5b2c-7'}],
    [`${ARN}:password`, {kind: 'malformed'}],
    [`${ARN}:password:`, {kind: 'malformed'}],
    [`${ARN}:a:b:c:d`, {kind: 'malformed'}],
    [`${PARAMETERS}/web/url`, {...parameter, names: ['/web/url']}],
    [`${PARAMETERS}/url:3`, {...parameter, names: ['url', '/url']}],
    ['/web/url', {kind: 'parameter', region: undefined, account: undefined, names: ['/web/url'], isArn: false}]
  ])('%s', (valueFrom, names) => {
    expect(secretReferences(withSecrets(valueFrom))).toEqual([
      {path: ['containerDefinitions', 0, 'secrets', 0, 'valueFrom'], names}
    ])
  })

  test.each([
    'arn:aws:secretsmanager:<region>:111122223333:secret:web',
    'arn:aws:secretsmanager:eu-central-1:<account>:secret:web:key',
    'arn:aws:secretsmanager:eu-central-1:111122223333:secret:${NAME}:key',
    'arn:aws:s3:::bucket/key',
    '{{ secret }}',
    'name:json-key::',
    '/aws/reference/secretsmanager/web',
    'arn:aws:ssm:eu-central-1:111122223333:parameter/aws/service/ami-amazon-linux-latest/al2023',
    ''
  ])('%j is none that can be looked up', valueFrom => {
    expect(secretReferences(withSecrets(valueFrom))).toEqual([])
  })

  test('log drivers, registries and volumes name them as well', () => {
    const definition = fargate({
      containerDefinitions: [
        container({
          logConfiguration: {logDriver: 'splunk', secretOptions: [{name: 'splunk-token', valueFrom: 'token'}]},
          repositoryCredentials: {credentialsParameter: 'registry'}
        })
      ],
      volumes: [
        {
          name: 'share',
          fsxWindowsFileServerVolumeConfiguration: {authorizationConfig: {credentialsParameter: ARN}}
        }
      ]
    })
    expect(secretReferences(definition).map(({path, names}) => [path.join('.'), names.kind])).toEqual([
      ['containerDefinitions.0.logConfiguration.secretOptions.0.valueFrom', 'parameter'],
      ['containerDefinitions.0.repositoryCredentials.credentialsParameter', 'secret'],
      ['volumes.0.fsxWindowsFileServerVolumeConfiguration.authorizationConfig.credentialsParameter', 'secret']
    ])
  })
})

describe('what AWS knows of them', () => {
  const NAMES = ['AWS_ENDPOINT_URL', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'] as const
  let emulator: Emulator

  beforeEach(async () => {
    emulator = await createEmulator()
    const {accessKeyId, secretAccessKey} = staticCredentials
    Object.assign(process.env, {
      AWS_ENDPOINT_URL: emulator.url,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey
    })
  })

  afterEach(async () => {
    for (const name of NAMES) Reflect.deleteProperty(process.env, name)
    await emulator.close()
  })

  /** Looks up what the definition names, and gives what the checks make of it. */
  async function checked(definition: JsonObject) {
    const world = testWorld({})
    const wanted = {awsRegion: emulator.region, cluster: 'demo', roleToAssume: undefined}
    const aws = await connect(wanted, {repository: 'acme/shop', runId: '1', attempt: 1}, world)
    const secrets = await gatherSecrets(definitionOf(definition), aws, world)
    const found = (check: Check) => messages(check, situation({definition, secrets}))
    const asked = emulator.journal.entries().filter(({service}) => service !== 'sts')
    return {found, lines: world.lines, asked: asked.map(({operation, region}) => `${operation} ${region}`)}
  }

  test('what is there is fine, in its own region, however often it is named', async () => {
    const there = emulator.secrets.create({
      name: 'web/database',
      suffix: 'AbCdEf',
      stages: ['AWSCURRENT', 'AWSPREVIOUS']
    })
    const elsewhere = emulator.secrets.create({name: 'web', region: 'us-east-1'})
    for (const name of ['/web/url', 'plain', '/slash']) emulator.parameters.put(name)
    emulator.parameters.put('/far', 'us-east-1')
    const {found, lines, asked} = await checked(
      withSecrets(
        there,
        `${there}:password::`,
        `${there}:user:AWSPREVIOUS:`,
        elsewhere,
        `${PARAMETERS}/web/url`,
        `${PARAMETERS}/plain`,
        `${PARAMETERS}/slash:2`,
        '/web/url',
        'plain',
        'arn:aws:ssm:us-east-1:111122223333:parameter/far'
      )
    )
    for (const check of [secretArn, secretExists, secretValue, parameterExists]) expect(found(check)).toEqual([])
    expect(lines).toEqual([])
    expect(asked.sort()).toEqual([
      'DescribeParameters eu-central-1',
      'DescribeParameters us-east-1',
      'DescribeSecret eu-central-1',
      'DescribeSecret us-east-1'
    ])
  })

  test("another account's secret that is not seen may be there", async () => {
    const {found} = await checked(withSecrets(ARN.replace('111122223333', '444455556666')))
    for (const check of [secretArn, secretExists, secretValue]) expect(found(check)).toEqual([])
  })

  test('a secret that does not exist, is being deleted, has no such stage, or has no value', async () => {
    const old = emulator.secrets.create({name: 'old', suffix: 'AbCdEf', deletedAt: Date.UTC(2026, 9, 1)})
    const staged = emulator.secrets.create({name: 'staged', suffix: 'AbCdEf'})
    const empty = emulator.secrets.create({name: 'empty', suffix: 'AbCdEf', stages: []})
    const {found} = await checked(withSecrets(ARN, old, `${staged}::next:`, empty))
    const at = (index: number) =>
      `\`containerDefinitions[0].secrets[${index}].valueFrom\` (task-definition.json, line ${22 + 4 * index}) names the secret`
    expect(found(secretExists)).toEqual([
      `${at(0)} \`web/database-AbCdEf\`, which does not exist: no task could start; create it, or correct the name.`,
      `${at(1)} \`old-AbCdEf\`, which is marked for deletion and cannot be read any more: no task could start; restore it, or name another.`,
      `${at(2)} \`staged-AbCdEf\` with the version stage next, which no version of it has: no task could start; correct the stage.`
    ])
    expect(found(secretValue)).toEqual([
      `${at(3)} \`empty-AbCdEf\`, which has no value yet: no task could start; put a value into it.`
    ])
  })

  test('a parameter that does not exist; a bare name, which may be a secret, is not shown', async () => {
    const {found} = await checked(withSecrets(`${PARAMETERS}/web/url`, 'hunter2'))
    expect(found(parameterExists)).toEqual([
      '`containerDefinitions[0].secrets[0].valueFrom` (task-definition.json, line 22) names the parameter `/web/url`, which ' +
        'does not exist in the region eu-central-1: no task could start; create it, or correct the name.',
      '`containerDefinitions[0].secrets[1].valueFrom` (task-definition.json, line 26) names a parameter of Systems Manager, ' +
        'which does not exist in the region of the service: no task could start; create it, or correct the name; a secret of ' +
        'Secrets Manager is named by its ARN.'
    ])
  })

  test('more parameters than a call takes, on more than one page', async () => {
    const names = Array.from({length: 120}, (_, index) => `/web/${index}`)
    for (const name of names.slice(1)) emulator.parameters.put(name)
    const {found} = await checked(withSecrets(...names.map(name => PARAMETERS + name)))
    expect(found(parameterExists)).toEqual([expect.stringContaining('names the parameter `/web/0`')])
  })

  test('what may not be looked up is not checked, and the log says so once; the rest is', async () => {
    const allowed = ARN.replace('web/database', 'allowed')
    const statement = {Effect: 'Allow' as const, Action: 'secretsmanager:DescribeSecret', Resource: allowed}
    const user = 'arn:aws:iam::111122223333:user/deployer'
    emulator.policies.attach(user, {Version: '2012-10-17', Statement: [statement]})
    const {found, lines} = await checked(withSecrets(ARN, allowed, ARN.replace('web/database', 'third'), '/web/url'))
    expect(found(secretExists)).toEqual([expect.stringContaining('`allowed-AbCdEf`, which does not exist')])
    expect(found(parameterExists)).toEqual([])
    expect(lines.sort()).toEqual([
      'whether parameters exist not checked: missing ssm:DescribeParameters',
      'whether secrets exist not checked: missing secretsmanager:DescribeSecret'
    ])
  })

  test('what AWS does not answer, and parameters of other accounts, are not checked', async () => {
    emulator.faults.set([{service: 'secretsmanager', fault: {kind: 'server-error'}}])
    const {found, asked} = await checked(withSecrets(ARN, 'arn:aws:ssm:eu-central-1:444455556666:parameter/web'))
    expect(found(secretExists)).toEqual([])
    expect(found(parameterExists)).toEqual([])
    expect(asked).toEqual(['DescribeSecret eu-central-1'])
  })

  test('a definition without secrets asks nothing', async () => {
    expect((await checked(fargate())).asked).toEqual([])
  })
})

test('an ARN with the wrong number of parts behind it', () => {
  expect(secretArn.run(situation({definition: withSecrets(`${ARN}:password`)}))).toEqual([
    {
      path: ['containerDefinitions', 0, 'secrets', 0, 'valueFrom'],
      message:
        '`containerDefinitions[0].secrets[0].valueFrom` (task-definition.json, line 22) is the ARN of a secret with the wrong ' +
        'number of parts behind it, so that no task could start: behind the ARN stands nothing, or ' +
        '`:json-key:version-stage:version-id`, of which each may be empty but none may be left out.',
      fix: '"valueFrom": "arn:aws:secretsmanager:eu-central-1:111122223333:secret:web-AbCdEf:json-key::"'
    }
  ])
})
