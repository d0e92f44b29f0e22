import {DescribeSecretCommand, SecretsManagerClient} from '@aws-sdk/client-secrets-manager'
import {DescribeParametersCommand, SSMClient} from '@aws-sdk/client-ssm'
import {afterEach, beforeEach, describe, expect, test} from '@jest/globals'
import {createEmulator, type Emulator, staticCredentials} from '../../emulator/server.ts'

let emulator: Emulator

beforeEach(async () => {
  emulator = await createEmulator()
})

afterEach(async () => {
  await emulator.close()
})

function config(region = 'eu-central-1') {
  return {endpoint: emulator.url, region, credentials: staticCredentials, maxAttempts: 1}
}

describe('Secrets Manager', () => {
  const ask = (SecretId: string, region?: string) =>
    new SecretsManagerClient(config(region)).send(new DescribeSecretCommand({SecretId}))

  test('a secret is found by its ARN, its name, and the ARN without the six characters at its end', async () => {
    const arn = emulator.secrets.create({name: 'web-database', suffix: 'AbCdEf'})
    expect(arn).toBe('arn:aws:secretsmanager:eu-central-1:111122223333:secret:web-database-AbCdEf')
    for (const id of [arn, 'web-database', arn.slice(0, -7)]) {
      expect(await ask(id)).toMatchObject({ARN: arn, Name: 'web-database'})
    }
  })

  test('versions have their stages; a secret without a value has none, one that is being deleted says since when', async () => {
    emulator.secrets.create({name: 'full', stages: ['AWSCURRENT', 'next']})
    emulator.secrets.create({name: 'empty', stages: []})
    emulator.secrets.create({name: 'old', deletedAt: Date.UTC(2026, 9, 1)})
    expect(Object.values((await ask('full')).VersionIdsToStages ?? {})).toEqual([['AWSCURRENT', 'next']])
    expect(await ask('empty')).not.toHaveProperty('VersionIdsToStages')
    expect((await ask('old')).DeletedDate).toEqual(new Date('2026-10-01T00:00:00Z'))
  })

  test('another region has other secrets', async () => {
    emulator.secrets.create({name: 'web', region: 'us-east-1'})
    expect(await ask('web', 'us-east-1')).toMatchObject({Name: 'web'})
    await expect(ask('web')).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: "Secrets Manager can't find the specified secret."
    })
  })
})

describe('Systems Manager', () => {
  const ask = (Values: string[], page: {MaxResults?: number; NextToken?: string} = {}) =>
    new SSMClient(config()).send(
      new DescribeParametersCommand({ParameterFilters: [{Key: 'Name', Option: 'Equals', Values}], ...page})
    )

  test('parameters are found by their names', async () => {
    emulator.parameters.put('/web/url')
    emulator.parameters.put('token')
    emulator.parameters.put('/web/key', 'us-east-1')
    const {Parameters = [], NextToken} = await ask(['/web/url', 'token', '/web/key'])
    expect(Parameters.map(({Name}) => Name)).toEqual(['/web/url', 'token'])
    expect(NextToken).toBeUndefined()
  })

  test('a page may be empty and not the last', async () => {
    for (const name of ['a', 'b', 'c']) emulator.parameters.put(name)
    const first = await ask(['c'], {MaxResults: 2})
    expect(first.Parameters).toEqual([])
    const second = await ask(['c'], {MaxResults: 2, NextToken: first.NextToken ?? ''})
    expect(second.Parameters?.map(({Name}) => Name)).toEqual(['c'])
    expect(second.NextToken).toBeUndefined()
  })
})

test('a policy decides who may look', async () => {
  const arn = emulator.secrets.create({name: 'web', suffix: 'AbCdEf'})
  const user = 'arn:aws:iam::111122223333:user/deployer'
  emulator.policies.attach(user, {
    Version: '2012-10-17',
    Statement: [{Effect: 'Allow', Action: 'secretsmanager:DescribeSecret', Resource: arn}]
  })
  const secrets = new SecretsManagerClient(config())
  await expect(secrets.send(new DescribeSecretCommand({SecretId: arn}))).resolves.toMatchObject({Name: 'web'})
  await expect(secrets.send(new DescribeSecretCommand({SecretId: 'other'}))).rejects.toMatchObject({
    name: 'AccessDeniedException'
  })
  await expect(new SSMClient(config()).send(new DescribeParametersCommand({}))).rejects.toMatchObject({
    name: 'AccessDeniedException',
    message: expect.stringContaining('ssm:DescribeParameters on resource: arn:aws:ssm:eu-central-1:111122223333:*')
  })
})
