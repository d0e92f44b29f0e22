import {DescribeServicesCommand, ECSClient, UpdateServiceCommand} from '@aws-sdk/client-ecs'
import {AssumeRoleCommand, GetCallerIdentityCommand, STSClient} from '@aws-sdk/client-sts'
import {describe, expect, test} from '@jest/globals'
import {createLocalAws} from '../../emulator/local-aws.ts'
import {type Emulator, staticCredentials} from '../../emulator/server.ts'

const ECS = 'arn:aws:ecs:eu-central-1:111122223333'
const RELEASE = 'arn:aws:iam::111122223333:role/release'

/** An emulator, closed at the end of the test, whatever becomes of it. */
async function open(): Promise<{emulator: Emulator} & AsyncDisposable> {
  const {emulator} = await createLocalAws()
  return {emulator, [Symbol.asyncDispose]: () => emulator.close()}
}

/** A session of the role `release`. @param limit sets what limits it, and may give its session policy */
async function openSession(emulator: Emulator, limit: (emulator: Emulator) => string | undefined = () => undefined) {
  const config = {endpoint: emulator.url, region: emulator.region}
  emulator.roles.create({name: 'release', trustsPrincipals: ['arn:aws:iam::111122223333:root']})
  const {Credentials} = await new STSClient({...config, credentials: staticCredentials}).send(
    new AssumeRoleCommand({RoleArn: RELEASE, RoleSessionName: 'run-1', Policy: limit(emulator)})
  )
  const {AccessKeyId = '', SecretAccessKey = '', SessionToken = ''} = Credentials ?? {}
  const credentials = {accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken}
  return {...config, credentials}
}

describe('callers with a policy', () => {
  const describeWeb = new DescribeServicesCommand({cluster: 'prod', services: ['web']})

  test('get IAM’s refusal for all that no statement allows; others may do everything', async () => {
    await using aws = await open()
    const {emulator} = aws
    // A client corrects its clock by the emulator's and asks again; here each request counts.
    const config = {endpoint: emulator.url, region: emulator.region, maxAttempts: 1}
    const root = new ECSClient({...config, credentials: staticCredentials})
    const user = emulator.credentials.addUser('AKIAIOSFODNN7LIMITED', 'limited')
    const limited = new ECSClient({...config, credentials: {accessKeyId: user.accessKeyId, secretAccessKey: 'any'}})
    emulator.policies.attach(user.arn, {Statement: [{Effect: 'Allow', Action: 'ecs:Describe*', Resource: '*'}]})
    await expect(limited.send(new UpdateServiceCommand({cluster: 'prod', service: 'web'}))).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: `User: ${user.arn} is not authorized to perform: ecs:UpdateService on resource: ${ECS}:service/prod/web because no identity-based policy allows the ecs:UpdateService action`
    })
    for (const client of [limited, root]) {
      await expect(client.send(describeWeb)).rejects.toMatchObject({name: 'ClusterNotFoundException'})
    }
    expect(emulator.policies.decisions().map(({caller, action, denial}) => [caller, action, denial])).toEqual([
      [user.arn, 'ecs:UpdateService', {kind: 'identity-based policy', isExplicit: false}],
      [user.arn, 'ecs:DescribeServices', undefined]
    ])
  })

  test('a statement that denies is named as such', async () => {
    await using aws = await open()
    const {emulator} = aws
    const user = emulator.credentials.addUser('AKIAIOSFODNN7LIMITED', 'limited')
    const credentials = {accessKeyId: user.accessKeyId, secretAccessKey: 'any'}
    const limited = new ECSClient({endpoint: emulator.url, region: emulator.region, credentials})
    emulator.policies.attach(user.arn, {Statement: [{Effect: 'Deny', Action: '*', Resource: '*'}]})
    await expect(limited.send(describeWeb)).rejects.toThrow(
      `on resource: ${ECS}:service/prod/web with an explicit deny in an identity-based policy`
    )
  })

  test('a session has the policy of its role, and may always ask who it is', async () => {
    await using aws = await open()
    const {emulator} = aws
    emulator.policies.attach(RELEASE, {Statement: []})
    const session = await openSession(emulator)
    const {Arn} = await new STSClient(session).send(new GetCallerIdentityCommand({}))
    expect(Arn).toBe('arn:aws:sts::111122223333:assumed-role/release/run-1')
    await expect(new ECSClient(session).send(describeWeb)).rejects.toThrow(
      `User: ${Arn ?? ''} is not authorized to perform: ecs:DescribeServices`
    )
  })

  const little = {Statement: [{Effect: 'Allow', Action: 'sts:*', Resource: '*'} as const]}
  const limits: Record<string, (emulator: Emulator) => string | undefined> = {
    'service control policy': ({policies}) => {
      policies.serviceControl = little
      return undefined
    },
    'permissions boundary': ({policies}) => {
      policies.bound(RELEASE, little)
      return undefined
    },
    'session policy': () => JSON.stringify(little)
  }

  test.each(Object.entries(limits))('may no more than a %s allows', async (kind, limit) => {
    await using aws = await open()
    const {emulator} = aws
    emulator.policies.attach(RELEASE, {Statement: [{Effect: 'Allow', Action: '*', Resource: '*'}]})
    const unlimited = await openSession(emulator)
    await expect(new ECSClient(unlimited).send(describeWeb)).rejects.toThrow('Cluster not found')
    const session = await openSession(emulator, limit)
    await expect(new ECSClient(session).send(describeWeb)).rejects.toThrow(
      `on resource: ${ECS}:service/prod/web because no ${kind} allows the ecs:DescribeServices action`
    )
  })

  test('a session policy that is no JSON opens no session', async () => {
    await using aws = await open()
    await expect(openSession(aws.emulator, () => 'Statement: []')).rejects.toMatchObject({
      name: 'MalformedPolicyDocumentException'
    })
    expect(aws.emulator.defects).toEqual([])
  })
})
