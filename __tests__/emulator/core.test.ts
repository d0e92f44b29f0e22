import {request, type OutgoingHttpHeaders} from 'node:http'
import {afterEach, beforeEach, describe, expect, test} from '@jest/globals'
import {
  CloudWatchLogsClient,
  GetLogEventsCommand,
  FilterLogEventsCommand,
  DescribeLogStreamsCommand,
  type GetLogEventsResponse
} from '@aws-sdk/client-cloudwatch-logs'
import {
  DescribeServices$,
  DescribeServicesCommand,
  ECSClient,
  UpdateService$,
  UpdateServiceCommand,
  type DescribeServicesRequest,
  type DescribeServicesResponse,
  type UpdateServiceRequest,
  type UpdateServiceResponse
} from '@aws-sdk/client-ecs'
import {
  DescribeTargetGroupAttributesCommand,
  DescribeTargetGroupsCommand,
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client
} from '@aws-sdk/client-elastic-load-balancing-v2'
import {
  AssumeRoleCommand,
  AssumeRoleWithWebIdentityCommand,
  GetCallerIdentityCommand,
  STSClient
} from '@aws-sdk/client-sts'
import {ScaledClock, SteppedClock} from '../../emulator/clock.ts'
import type {FaultRule} from '../../emulator/faults.ts'
import type {JournalEntry} from '../../emulator/journal.ts'
import {createEmulator, defaultStart, staticCredentials, type Emulator} from '../../emulator/server.ts'
import {operationOf, type AwsService} from '../../emulator/service.ts'

const region = 'eu-central-1'
let clock: SteppedClock
let emulator: Emulator
/** What the stub of ECS says of its one service. */
let desiredCount: number

/** ECS, as far as the protocol layer and the faults need one. */
const stub: AwsService = {
  name: 'ecs',
  protocol: {
    kind: 'json',
    targetPrefix: 'AmazonEC2ContainerServiceV20141113',
    contentType: 'application/x-amz-json-1.1'
  },
  operations: {
    DescribeServices: operationOf(
      DescribeServices$,
      ({services = []}: DescribeServicesRequest): DescribeServicesResponse => {
        if (services.includes('wrong-shape')) return {services: [{serviceNam: 'web'} as object]}
        if (services.includes('wrong-type')) return {services: [{createdAt: 5 as unknown as Date}]}
        return {services: [{serviceName: 'web', desiredCount, createdAt: new Date(clock.now())}], failures: []}
      }
    ),
    UpdateService: operationOf(UpdateService$, (input: UpdateServiceRequest): UpdateServiceResponse => {
      desiredCount = input.desiredCount ?? desiredCount
      return {service: {serviceName: input.service, desiredCount}}
    })
  }
}

beforeEach(async () => {
  desiredCount = 1
  clock = new SteppedClock(defaultStart)
  emulator = await createEmulator({clock, region, services: [stub]})
})

afterEach(async () => {
  await emulator.close()
})

interface ClientOptions {
  endpoint: string
  region: string
  credentials: typeof staticCredentials
  maxAttempts: number
}

function options(): ClientOptions {
  return {endpoint: emulator.url, region, credentials: staticCredentials, maxAttempts: 1}
}

/** Sends a body as it is, as clients would that check nothing. */
async function post(target: string, body: string): Promise<{status: number; body: Record<string, unknown>}> {
  const authorization = `AWS4-HMAC-SHA256 Credential=${staticCredentials.accessKeyId}/20261102/${region}/ecs/aws4_request, SignedHeaders=host, Signature=0`
  const headers = {'x-amz-target': `AmazonEC2ContainerServiceV20141113.${target}`, authorization}
  const response = await fetch(emulator.url, {method: 'POST', headers, body})
  return {status: response.status, body: (await response.json()) as Record<string, unknown>}
}

const describeWeb = (): Promise<DescribeServicesResponse> =>
  new ECSClient(options()).send(new DescribeServicesCommand({services: ['web']}))

describe('the clock', () => {
  test('runs events in order of time, then of insertion, each at its own time, and those added meanwhile', () => {
    const stepped = new SteppedClock(1000)
    const seen: string[] = []
    const note = (name: string) => () => {
      seen.push(`${name} ${stepped.now()}`)
    }
    stepped.at(3000, note('late'))
    stepped.at(2000, note('first'))
    stepped.at(2000, () => {
      note('second')()
      stepped.at(2500, note('added'))
      stepped.at(500, note('overdue'))
    })
    const takeBack = stepped.at(2000, note('taken back'))
    takeBack()
    stepped.advance(2999)
    expect(seen).toEqual(['first 2000', 'second 2000', 'overdue 2000', 'added 2500'])
    expect(stepped.now()).toBe(2999)
    stepped.advance(3000)
    expect(seen.at(-1)).toBe('late 3000')
    stepped.advance(10)
    expect(stepped.now()).toBe(3000)
  })

  test('runs with real time, times a factor, and leaps over what nobody waits for', async () => {
    const scaled = new ScaledClock(1000, 0)
    const seen = await new Promise<number>(resolve => {
      scaled.at(2000, () => {
        resolve(scaled.now())
      })
    })
    expect(seen).toBe(2000)
    const leap: number[] = []
    const start = scaled.now()
    for (const time of [3, 1, 2]) {
      scaled.at(start + time * 3_600_000, () => {
        leap.push(scaled.now() - start)
      })
    }
    scaled.skip(2.5 * 3_600_000)
    expect(leap).toEqual([3_600_000, 7_200_000])
    expect(scaled.now()).toBeGreaterThanOrEqual(start + 9_000_000)
    scaled.stop()
  })

  test('is read and moved over HTTP', async () => {
    const url = `${emulator.url}/_emulator/clock`
    const move = async (body: object): Promise<unknown> =>
      (await fetch(url, {method: 'POST', body: JSON.stringify(body)})).json()
    expect(await (await fetch(url)).json()).toEqual({now: defaultStart})
    expect(await move({advance: 1500})).toEqual({now: defaultStart + 1500})
    expect(await move({to: defaultStart + 1000})).toEqual({now: defaultStart + 1500})
    expect(await move({to: defaultStart + 9000})).toEqual({now: defaultStart + 9000})
  })
})

describe('the control API', () => {
  const send = async (method: string, path: string, body: string): Promise<[status: number, message: unknown]> => {
    const response = await fetch(`${emulator.url}/_emulator/${path}`, {method, body})
    return [response.status, ((await response.json()) as {message?: unknown}).message]
  }

  test.each([
    ['clock', '{"advance":"60"}', 'advance must be a number.'],
    ['clock', '{"to":"x"}', 'to must be a number.'],
    ['clock', '{}', 'advance must be a number.'],
    ['clock', '5', 'The body must be a JSON object.'],
    ['faults', '{}', 'The body must be a list of rules.'],
    ['faults', '[{}]', 'A rule for faults is an object with a fault.'],
    ['faults', '[{"fault":{"kind":"delay"}}]', 'milliseconds must be a number from 0.'],
    ['faults', '[{"call":"2","fault":{"kind":"reset"}}]', 'call must be a number from 0.'],
    ['added', '{"rules":5}', 'There is no rule 5.']
  ])('%s cannot use %s', async (path, body, message) => {
    emulator.controls.set('added', request => {
      throw new TypeError(`There is no rule ${String((request as {rules: unknown}).rules)}.`)
    })
    expect(await send('POST', path, body)).toEqual([400, message])
    expect([clock.now(), emulator.faults.list(), emulator.defects]).toEqual([defaultStart, [], []])
  })

  test.each([
    ['clock', '{"advance":'],
    ['faults', 'x'],
    ['faults', '[{"fault":{"kind":"flood"}}]']
  ])('%s refuses %s with a message and keeps no defect', async (path, body) => {
    expect(await send('POST', path, body)).toEqual([400, expect.stringMatching(/JSON|flood/)])
    expect(emulator.defects).toEqual([])
  })

  test('the journal is read from a number on', async () => {
    expect((await fetch(`${emulator.url}/_emulator/journal?since=last`)).status).toBe(400)
  })

  test('an event that fails while time passes is a defect, not a wrong request', async () => {
    clock.at(defaultStart + 10, () => {
      throw new TypeError('broken')
    })
    const response = await fetch(`${emulator.url}/_emulator/clock`, {method: 'POST', body: '{"advance":20}'})
    expect([response.status, emulator.defects.map(({message}) => message)]).toEqual([500, ['broken']])
  })

  test('web pages reach nothing: neither by their origin nor by a name of theirs for this machine', async () => {
    const {port} = new URL(emulator.url)
    const statusOf = (headers: OutgoingHttpHeaders): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        const sent = request(`${emulator.url}/_emulator/journal`, {headers}, response => {
          response.resume()
          resolve(response.statusCode)
        })
        sent.once('error', reject).end()
      })
    expect(await statusOf({origin: 'https://evil.example'})).toBe(403)
    expect(await statusOf({origin: 'null'})).toBe(403)
    expect(await statusOf({host: `evil.example:${port}`})).toBe(403)
    expect(await statusOf({host: '127.0.0.1:1'})).toBe(403)
    expect(await statusOf({host: `127.0.0.1:${port}`})).toBe(200)
    expect(await statusOf({host: `localhost:${port}`})).toBe(200)
  })
})

describe('awsJson', () => {
  test('dates arrive as dates, with milliseconds', async () => {
    clock.advance(defaultStart + 123)
    const {services = []} = await describeWeb()
    expect(services[0]?.createdAt).toEqual(new Date(defaultStart + 123))
    const raw = await post('DescribeServices', '{"services":["web"]}')
    expect(raw.body).toMatchObject({services: [{createdAt: (defaultStart + 123) / 1000}]})
  })

  test.each([
    ['{"service":"web","desiredCount":"2"}', 'STRING_VALUE cannot be converted to Integer'],
    ['{"service":5}', 'NUMBER_VALUE cannot be converted to String'],
    ['{"service":1.5}', 'DECIMAL_VALUE cannot be converted to String'],
    ['{"service":true}', 'TRUE_VALUE cannot be converted to String'],
    ['{"service":"web","forceNewDeployment":"true"}', 'STRING_VALUE cannot be converted to Boolean'],
    ['{"service":["web"]}', 'Unrecognized collection type class java.lang.String'],
    ['{"service":{}}', 'Start of structure or map found where not expected'],
    ['{"loadBalancers":"web"}', 'Unexpected field type'],
    ['{"loadBalancers":{}}', 'Start of structure or map found where not expected'],
    ['{"loadBalancers":[{"containerPort":"80"}]}', 'STRING_VALUE cannot be converted to Integer'],
    ['{"networkConfiguration":"x"}', 'Unexpected field type'],
    ['[{"service":"web"}]', 'Unrecognized collection type class com.amazonaws.madison.frontend.UpdateServiceRequest'],
    ['{"service":', 'Unexpected token received from parser']
  ])('%s is refused: %s', async (body, message) => {
    expect(await post('UpdateService', body)).toEqual({status: 400, body: {__type: 'SerializationException', message}})
    expect(emulator.defects).toEqual([])
  })

  test('null counts as absent; an unknown member is ignored, but stands in the journal', async () => {
    const body = '{"service":"web","desiredCount":null,"netwrkMode":"awsvpc"}'
    expect((await post('UpdateService', body)).body).toEqual({service: {serviceName: 'web', desiredCount: 1}})
    expect(emulator.journal.entries()).toMatchObject([{operation: 'UpdateService', body, status: 200}])
  })

  test('an unknown member is refused by rule', async () => {
    emulator.unknownMembers = 'refuse'
    expect(await post('UpdateService', '{"service":"web","netwrkMode":"awsvpc"}')).toEqual({
      status: 400,
      body: {__type: 'SerializationException', message: 'Unknown member netwrkMode of UpdateServiceRequest'}
    })
  })

  test('an operation that is not there is unknown', async () => {
    expect(await post('DeleteEverything', '{}')).toEqual({
      status: 400,
      body: {
        __type: 'UnknownOperationException',
        message: 'This emulator does not play DeleteEverything of ecs.'
      }
    })
  })

  test.each([
    ['wrong-shape', 'DescribeServicesResponse.services[0].serviceNam is no member of Service.'],
    ['wrong-type', 'DescribeServicesResponse.services[0].createdAt must be a timestamp, not the number 5.']
  ])('the emulator cannot answer a shape that AWS does not have: %s', async (name, problem) => {
    const answer = await post('DescribeServices', JSON.stringify({services: [name]}))
    expect(answer.status).toBe(500)
    expect(answer.body['message']).toBe(`The emulator failed: ecs DescribeServices: ${problem}`)
    expect(emulator.defects.map(({message}) => message)).toEqual([`ecs DescribeServices: ${problem}`])
    const health = (await (await fetch(`${emulator.url}/_emulator/health`)).json()) as object
    expect(health).toEqual({now: defaultStart, defects: [`ecs DescribeServices: ${problem}`]})
  })
})

describe('credentials', () => {
  test('unknown keys, sessions and no signature are refused', async () => {
    const send = (credentials: {
      accessKeyId: string
      secretAccessKey: string
      sessionToken?: string
    }): Promise<unknown> =>
      new ECSClient({...options(), credentials}).send(new DescribeServicesCommand({services: ['web']}))
    await expect(send({accessKeyId: 'AKIAUNKNOWN', secretAccessKey: 'x'})).rejects.toMatchObject({
      name: 'UnrecognizedClientException',
      message: 'The security token included in the request is invalid.',
      $metadata: {httpStatusCode: 400}
    })
    const session = emulator.credentials.issue('arn:aws:sts::111122223333:assumed-role/deploy/run', 900)
    const accessKeyId = session.AccessKeyId
    const known = {accessKeyId, secretAccessKey: session.SecretAccessKey, sessionToken: session.SessionToken}
    await send(known)
    await expect(send({...known, sessionToken: 'other'})).rejects.toThrow(
      'The security token included in the request is invalid'
    )
    clock.advance(clock.now() + 900_000)
    await expect(send(known)).rejects.toMatchObject({
      name: 'ExpiredTokenException',
      message: 'The security token included in the request is expired'
    })
    const unsigned = await fetch(emulator.url, {
      method: 'POST',
      headers: {'x-amz-target': 'AmazonEC2ContainerServiceV20141113.DescribeServices'},
      body: '{}'
    })
    expect(await unsigned.json()).toMatchObject({__type: 'MissingAuthenticationTokenException'})
  })
})

describe('what a request is signed for', () => {
  /** Sends a request with a signature for `service`. */
  async function send(service: string, headers: Record<string, string>, body: string): Promise<[number, string]> {
    const scope = `${staticCredentials.accessKeyId}/20261102/${region}/${service}/aws4_request`
    const authorization = `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0`
    const response = await fetch(emulator.url, {method: 'POST', headers: {...headers, authorization}, body})
    return [response.status, await response.text()]
  }
  const form = {'content-type': 'application/x-www-form-urlencoded; charset=utf-8'}

  test('must be the service that it goes to, in both protocols', async () => {
    const target = {'x-amz-target': 'AmazonEC2ContainerServiceV20141113.DescribeServices'}
    const words = "Credential should be scoped to correct service: 'ecs'."
    const [status, answer] = await send('ecr', target, '{}')
    expect([status, JSON.parse(answer)]).toEqual([400, {__type: 'InvalidSignatureException', message: words}])
    const query = await send('ecs', form, 'Action=GetCallerIdentity&Version=2011-06-15')
    expect(query).toEqual([403, expect.stringContaining('<Code>SignatureDoesNotMatch</Code>')])
  })

  test('is a service that is not there: the answer has the form of the request', async () => {
    const query = await send('rds', form, 'Action=DescribeDBInstances&Version=2014-10-31')
    expect(query).toEqual([400, expect.stringContaining('<Code>InvalidAction</Code>')])
    expect(query[1]).toContain('Could not find operation DescribeDBInstances for version 2014-10-31')
    const json = await send('dynamodb', {'x-amz-target': 'DynamoDB_20120810.ListTables'}, '{}')
    expect(json).toEqual([400, expect.stringContaining('"UnknownOperationException"')])
  })

  test('is a region: target groups and logs of another one are not seen', async () => {
    const group = emulator.targetGroups.create({name: 'web'})
    emulator.logs.createGroup('/ecs/web')
    const abroad = {...options(), region: 'us-east-1'}
    const balancing = new ElasticLoadBalancingV2Client(abroad)
    expect((await balancing.send(new DescribeTargetGroupsCommand({}))).TargetGroups).toEqual([])
    const health = new DescribeTargetHealthCommand({TargetGroupArn: group.arn})
    await expect(balancing.send(health)).rejects.toMatchObject({name: 'TargetGroupNotFoundException'})
    const streams = new DescribeLogStreamsCommand({logGroupName: '/ecs/web'})
    await expect(new CloudWatchLogsClient(abroad).send(streams)).rejects.toThrow('log group does not exist')
    expect((await new CloudWatchLogsClient(options()).send(streams)).logStreams).toEqual([])
  })
})

describe('STS', () => {
  const roleArn = 'arn:aws:iam::111122223333:role/deploy'

  async function jobToken(query: string, audience = 'sts.amazonaws.com'): Promise<string> {
    const response = await fetch(`${emulator.url}/_github/token?api-version=2.0&${query}&audience=${audience}`, {
      headers: {authorization: `bearer ${emulator.github.requestToken}`}
    })
    return ((await response.json()) as {value: string}).value
  }

  const assume = (token: string, seconds?: number): Promise<unknown> =>
    new STSClient({...options(), credentials: undefined as never}).send(
      new AssumeRoleWithWebIdentityCommand({
        RoleArn: roleArn,
        RoleSessionName: 'run-1',
        WebIdentityToken: token,
        DurationSeconds: seconds
      })
    )

  test('says who calls', async () => {
    expect(await new STSClient(options()).send(new GetCallerIdentityCommand({}))).toMatchObject({
      Account: '111122223333',
      Arn: 'arn:aws:iam::111122223333:user/deployer'
    })
  })

  test("a job's token opens a session, which then is who calls", async () => {
    emulator.roles.create({name: 'deploy', trustsGithub: {subjects: ['repo:octo-org/web:ref:refs/tags/v*']}})
    const answer = await assume(await jobToken('repository=octo-org/web&ref=refs/tags/v1.4.0'))
    expect(answer).toMatchObject({
      AssumedRoleUser: {Arn: 'arn:aws:sts::111122223333:assumed-role/deploy/run-1'},
      SubjectFromWebIdentityToken: 'repo:octo-org/web:ref:refs/tags/v1.4.0',
      Audience: 'sts.amazonaws.com',
      Credentials: {Expiration: new Date(defaultStart + 3_600_000)}
    })
    const {AccessKeyId, SecretAccessKey, SessionToken} = (answer as {Credentials: Record<string, string>}).Credentials
    const credentials = {
      accessKeyId: AccessKeyId ?? '',
      secretAccessKey: SecretAccessKey ?? '',
      sessionToken: SessionToken ?? ''
    }
    const session = new STSClient({...options(), credentials})
    const {Arn} = await session.send(new GetCallerIdentityCommand({}))
    expect(Arn).toBe('arn:aws:sts::111122223333:assumed-role/deploy/run-1')
    clock.advance(defaultStart + 3_600_000)
    await expect(session.send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({name: 'ExpiredToken'})
    expect(emulator.journal.entries()[0]).toMatchObject({service: 'github', status: 200})
    expect(emulator.journal.entries().map(({operation, caller}) => [operation, caller])).toEqual([
      ['GET /_github/token', undefined],
      ['AssumeRoleWithWebIdentity', 'anonymous'],
      ['GetCallerIdentity', 'arn:aws:sts::111122223333:assumed-role/deploy/run-1'],
      ['GetCallerIdentity', undefined]
    ])
  })

  test('the immutable form of the subject does not fit a trust policy in the old form', async () => {
    emulator.roles.create({name: 'deploy', trustsGithub: {subjects: ['repo:octo-org/web:*']}})
    const token = await jobToken(
      'repository=octo-org/web&repository_owner_id=7&repository_id=8&subject=immutable&environment=prod'
    )
    const refusal = {
      name: 'AccessDenied',
      message: 'Not authorized to perform sts:AssumeRoleWithWebIdentity',
      $metadata: {httpStatusCode: 403}
    }
    await expect(assume(token)).rejects.toMatchObject(refusal)
    emulator.roles.create({name: 'deploy', trustsGithub: {subjects: ['repo:octo-org@7/web@8:environment:prod']}})
    await assume(token)
    await expect(assume(await jobToken('repository=octo-org/web', 'other'))).rejects.toMatchObject({
      name: 'InvalidIdentityTokenException',
      message: 'Incorrect token audience'
    })
  })

  test('expired and forged tokens, a missing role and bad durations are refused', async () => {
    emulator.roles.create({name: 'deploy', trustsGithub: {subjects: ['repo:*']}})
    const token = await jobToken('')
    await expect(assume(token, 899)).rejects.toMatchObject({name: 'ValidationError'})
    await expect(assume(token, 3601)).rejects.toThrow(
      'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.'
    )
    await expect(assume(`${token}x`)).rejects.toMatchObject({name: 'InvalidIdentityTokenException'})
    clock.advance(clock.now() + 300_000)
    await expect(assume(token)).rejects.toMatchObject({name: 'ExpiredTokenException'})
    const missing = new AssumeRoleCommand({RoleArn: `${roleArn}-other`, RoleSessionName: 'run-1'})
    await expect(new STSClient(options()).send(missing)).rejects.toMatchObject({
      name: 'AccessDenied',
      message:
        'User: arn:aws:iam::111122223333:user/deployer is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::111122223333:role/deploy-other'
    })
  })

  test('a role can be assumed with other credentials that it trusts, in a chain for an hour at most', async () => {
    emulator.roles.create({
      name: 'deploy',
      trustsPrincipals: ['arn:aws:iam::111122223333:root'],
      maxSessionSeconds: 7200
    })
    const command = new AssumeRoleCommand({RoleArn: roleArn, RoleSessionName: 'run-1', DurationSeconds: 7200})
    const {Credentials: session} = await new STSClient(options()).send(command)
    const credentials = {
      accessKeyId: session?.AccessKeyId ?? '',
      secretAccessKey: session?.SecretAccessKey ?? '',
      sessionToken: session?.SessionToken ?? ''
    }
    await expect(new STSClient({...options(), credentials}).send(command)).rejects.toThrow('role chaining')
  })

  test.each([
    ['x', 'Member must have length greater than or equal to 2'],
    ['x'.repeat(65), 'Member must have length less than or equal to 64'],
    ['feature/login', 'Member must satisfy regular expression pattern: [\\w+=,.@-]*']
  ])('a session cannot be called %s', async (name, constraint) => {
    emulator.roles.create({name: 'deploy', trustsPrincipals: ['arn:aws:iam::111122223333:root']})
    const command = new AssumeRoleCommand({RoleArn: roleArn, RoleSessionName: name})
    await expect(new STSClient(options()).send(command)).rejects.toMatchObject({
      name: 'ValidationError',
      message: `1 validation error detected: Value '${name}' at 'roleSessionName' failed to satisfy constraint: ${constraint}`
    })
  })

  test('the token endpoint wants its bearer token', async () => {
    expect((await fetch(`${emulator.url}/_github/token?audience=x`)).status).toBe(401)
    expect(emulator.journal.entries()).toMatchObject([{service: 'github', status: 401}])
  })

  test('a missing member is refused', async () => {
    const command = new AssumeRoleCommand({RoleArn: undefined, RoleSessionName: 'run-1'})
    await expect(new STSClient(options()).send(command)).rejects.toMatchObject({
      name: 'ValidationError',
      message:
        "1 validation error detected: Value null at 'roleArn' failed to satisfy constraint: Member must not be null"
    })
  })
})

describe('ELBv2', () => {
  test('shows targets from registration to removal', async () => {
    const group = emulator.targetGroups.create({name: 'web', port: 8080, deregistrationDelaySeconds: 30})
    const client = new ElasticLoadBalancingV2Client(options())
    const target = {id: '10.0.0.5', port: 8080, availabilityZone: 'eu-central-1a'}
    const health = async (): Promise<unknown> => {
      const answer = await client.send(new DescribeTargetHealthCommand({TargetGroupArn: group.arn}))
      return answer.TargetHealthDescriptions?.map(({TargetHealth}) => TargetHealth)
    }
    emulator.targetGroups.register(group.arn, target)
    expect(await health()).toMatchObject([{State: 'initial', Reason: 'Elb.RegistrationInProgress'}])
    emulator.targetGroups.setHealth(group.arn, target, {
      state: 'unhealthy',
      reason: 'Target.ResponseCodeMismatch',
      description: 'Health checks failed with these codes: [503] <&>'
    })
    expect(await health()).toMatchObject([{Description: 'Health checks failed with these codes: [503] <&>'}])
    emulator.targetGroups.setHealth(group.arn, target, {state: 'healthy'})
    expect(await health()).toEqual([{State: 'healthy'}])
    emulator.targetGroups.deregister(group.arn, target)
    expect(await health()).toMatchObject([{State: 'draining', Reason: 'Target.DeregistrationInProgress'}])
    emulator.targetGroups.remove(group.arn, target)
    expect(await health()).toEqual([])
    const asked = new DescribeTargetHealthCommand({TargetGroupArn: group.arn, Targets: [{Id: '10.0.0.5', Port: 8080}]})
    const {TargetHealthDescriptions: gone} = await client.send(asked)
    expect(gone).toMatchObject([{TargetHealth: {State: 'unused', Reason: 'Target.NotRegistered'}}])
  })

  test('describes target groups page by page, and their deregistration delay', async () => {
    const [first, second] = ['one', 'two'].map(name =>
      emulator.targetGroups.create({name, deregistrationDelaySeconds: 45})
    )
    const client = new ElasticLoadBalancingV2Client(options())
    const page = await client.send(new DescribeTargetGroupsCommand({PageSize: 1}))
    expect(page).toMatchObject({
      TargetGroups: [{TargetGroupArn: first?.arn, HealthCheckPort: 'traffic-port', Matcher: {HttpCode: '200'}}]
    })
    const next = await client.send(new DescribeTargetGroupsCommand({PageSize: 1, Marker: page.NextMarker}))
    expect(next.TargetGroups?.map(({TargetGroupName}) => TargetGroupName)).toEqual(['two'])
    expect(next.NextMarker).toBeUndefined()
    const {Attributes} = await client.send(new DescribeTargetGroupAttributesCommand({TargetGroupArn: second?.arn}))
    expect(Attributes).toContainEqual({Key: 'deregistration_delay.timeout_seconds', Value: '45'})
    await expect(client.send(new DescribeTargetGroupsCommand({Names: ['three']}))).rejects.toMatchObject({
      name: 'TargetGroupNotFoundException',
      message: 'One or more target groups not found'
    })
  })
})

describe('CloudWatch Logs', () => {
  const logGroupName = '/ecs/web'
  const logStreamName = 'web/app/0123'

  test('no group is there before it is made', () => {
    expect(emulator.logs.hasGroup(logGroupName)).toBe(false)
    expect(() => {
      emulator.logs.append(logGroupName, logStreamName, 'one')
    }).toThrow('There is no log group /ecs/web.')
  })

  test('pages through a stream to its end, where the same token comes back', async () => {
    emulator.logs.createGroup(logGroupName)
    for (const line of ['one', 'two', 'three']) emulator.logs.append(logGroupName, logStreamName, line)
    const client = new CloudWatchLogsClient(options())
    const missing = client.send(new GetLogEventsCommand({logGroupName, logStreamName}))
    await expect(missing).rejects.toThrow('The specified log stream does not exist.')
    clock.advance(clock.now() + 2000)
    const read = (more: object): Promise<GetLogEventsResponse> =>
      client.send(new GetLogEventsCommand({logGroupName, logStreamName, limit: 2, startFromHead: true, ...more}))
    const lines: (string | undefined)[] = []
    let token: string | undefined
    for (;;) {
      const {events = [], nextForwardToken} = await read({nextToken: token})
      lines.push(...events.map(({message}) => message))
      if (nextForwardToken === token) break
      token = nextForwardToken
    }
    expect(lines).toEqual(['one', 'two', 'three'])
    expect((await read({startFromHead: false})).events?.map(({message}) => message)).toEqual(['two', 'three'])
    const {events: all = []} = await client.send(new FilterLogEventsCommand({logGroupName, filterPattern: 'o'}))
    expect(all.map(({message, timestamp}) => [message, timestamp])).toEqual([
      ['one', defaultStart],
      ['two', defaultStart]
    ])
    const {logStreams} = await client.send(new DescribeLogStreamsCommand({logGroupName, logStreamNamePrefix: 'web/'}))
    expect(logStreams).toMatchObject([{logStreamName, lastIngestionTime: defaultStart + 2000}])
    await expect(client.send(new GetLogEventsCommand({logGroupName: '/none', logStreamName}))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: 'The specified log group does not exist.'
    })
  })
})

describe('faults', () => {
  const rule = (fault: FaultRule['fault'], when: Partial<FaultRule> = {}): void => {
    emulator.faults.add({service: 'ecs', operation: 'DescribeServices', ...when, fault})
  }

  test.each<[FaultRule['fault'], object]>([
    [{kind: 'throttling'}, {name: 'ThrottlingException', message: 'Rate exceeded', $metadata: {httpStatusCode: 400}}],
    [
      {kind: 'throttling', status: 429},
      {name: 'ThrottlingException', $metadata: {httpStatusCode: 429}}
    ],
    [{kind: 'server-error'}, {name: 'ServerException', $metadata: {httpStatusCode: 500}}],
    [
      {kind: 'server-error', status: 503},
      {name: 'ServiceUnavailable', $metadata: {httpStatusCode: 503}}
    ],
    [{kind: 'bad-gateway'}, {name: 'SyntaxError', $metadata: {httpStatusCode: 502}}],
    [{kind: 'truncated'}, {name: 'SyntaxError', $metadata: {httpStatusCode: 200}}],
    [{kind: 'expired-credentials'}, {name: 'ExpiredTokenException'}],
    [{kind: 'reset'}, {message: expect.stringContaining('ECONNRESET')}],
    [
      {kind: 'access-denied'},
      {
        name: 'AccessDeniedException',
        message:
          'User: arn:aws:iam::111122223333:user/deployer is not authorized to perform: ecs:DescribeServices on resource: arn:aws:ecs:eu-central-1:111122223333:service/default/web because no identity-based policy allows the ecs:DescribeServices action'
      }
    ],
    [
      {kind: 'access-denied', action: 'iam:PassRole', resource: 'arn:aws:iam::111122223333:role/task'},
      {
        message: expect.stringContaining(
          'perform: iam:PassRole on resource: arn:aws:iam::111122223333:role/task because'
        )
      }
    ]
  ])('%j at the second call only', async (fault, error) => {
    rule(fault, {call: 2})
    await describeWeb()
    await expect(describeWeb()).rejects.toMatchObject(error)
    await describeWeb()
    expect(emulator.faults.list()).toMatchObject([{calls: 3, injected: 1}])
    const [, failed, fine] = emulator.journal.entries()
    expect(failed).toMatchObject({operation: 'DescribeServices', fault: fault.kind})
    expect(fine?.fault).toBeUndefined()
  })

  test('access is denied to query services in their own form', async () => {
    emulator.faults.add({service: 'elasticloadbalancing', fault: {kind: 'access-denied'}})
    await expect(
      new ElasticLoadBalancingV2Client(options()).send(new DescribeTargetGroupsCommand({}))
    ).rejects.toMatchObject({name: 'AccessDenied', $metadata: {httpStatusCode: 403}})
  })

  test('outages have the names of the service', async () => {
    emulator.logs.createGroup('/ecs/web')
    const logs = (): Promise<unknown> =>
      new CloudWatchLogsClient(options()).send(new DescribeLogStreamsCommand({logGroupName: '/ecs/web'}))
    emulator.faults.set([{service: 'logs', fault: {kind: 'server-error', status: 503}}])
    await expect(logs()).rejects.toMatchObject({name: 'ServiceUnavailableException', $metadata: {httpStatusCode: 503}})
    emulator.faults.set([{fault: {kind: 'server-error'}}])
    await expect(logs()).rejects.toMatchObject({name: 'InternalServerException', $metadata: {httpStatusCode: 500}})
    const query = new ElasticLoadBalancingV2Client(options()).send(new DescribeTargetGroupsCommand({}))
    await expect(query).rejects.toMatchObject({name: 'InternalFailure', $metadata: {httpStatusCode: 500}})
  })

  test.each([
    ['bad-gateway', 1],
    ['truncated', 5]
  ] as const)('%s leaves the service with %d tasks', async (kind, count) => {
    emulator.faults.add({operation: 'UpdateService', fault: {kind}})
    const update = new ECSClient(options()).send(new UpdateServiceCommand({service: 'web', desiredCount: 5}))
    await expect(update).rejects.toMatchObject({name: 'SyntaxError'})
    expect(desiredCount).toBe(count)
  })

  test('from a call to a call, every n-th, and a number of times', async () => {
    const outcome = async (): Promise<string> =>
      describeWeb().then(
        () => 'ok',
        () => 'failed'
      )
    const outcomes = async (count: number): Promise<string[]> => {
      const all: string[] = []
      for (let call = 0; call < count; call += 1) all.push(await outcome())
      return all
    }
    rule({kind: 'throttling'}, {from: 2, to: 3})
    expect(await outcomes(4)).toEqual(['ok', 'failed', 'failed', 'ok'])
    emulator.faults.set([{every: 2, times: 1, fault: {kind: 'throttling'}}])
    expect(await outcomes(4)).toEqual(['ok', 'failed', 'ok', 'ok'])
  })

  test('the answer is lost after the change was made', async () => {
    emulator.faults.add({operation: 'UpdateService', call: 1, fault: {kind: 'answer-lost'}})
    const update = new ECSClient(options()).send(new UpdateServiceCommand({service: 'web', desiredCount: 5}))
    await expect(update).rejects.toThrow('ECONNRESET')
    expect((await describeWeb()).services?.[0]?.desiredCount).toBe(5)
    expect(emulator.journal.entries()[0]).toMatchObject({status: 'reset', fault: 'answer-lost'})
  })

  test('a slow answer takes time on the emulator’s clock only', async () => {
    rule({kind: 'delay', milliseconds: 45_000}, {call: 1})
    const {services} = await describeWeb()
    expect(services?.[0]?.createdAt).toEqual(new Date(defaultStart + 45_000))
    expect(clock.now()).toBe(defaultStart + 45_000)
  })

  test('a stale read answers what was answered some seconds ago', async () => {
    const count = async (): Promise<number | undefined> => (await describeWeb()).services?.[0]?.desiredCount
    expect(await count()).toBe(1)
    desiredCount = 2
    rule({kind: 'stale', seconds: 10}, {to: 2})
    clock.advance(clock.now() + 3000)
    expect(await count()).toBe(1)
    clock.advance(clock.now() + 10_000)
    expect(await count()).toBe(1)
    expect(await count()).toBe(2)
  })

  test('a read that was never made cannot be stale: it is answered, and no fault is counted or noted', async () => {
    rule({kind: 'stale', seconds: 10}, {times: 1})
    expect((await describeWeb()).services?.[0]?.desiredCount).toBe(1)
    expect(emulator.faults.list()).toMatchObject([{calls: 1, injected: 0}])
    desiredCount = 2
    expect((await describeWeb()).services?.[0]?.desiredCount).toBe(1)
    expect(emulator.faults.list()).toMatchObject([{calls: 2, injected: 1}])
    expect((await describeWeb()).services?.[0]?.desiredCount).toBe(2)
    expect(emulator.journal.entries().map(({fault}) => fault)).toEqual([undefined, 'stale', undefined])
  })

  test('are set and cleared over HTTP, and the journal is read there', async () => {
    const url = `${emulator.url}/_emulator/faults`
    const rules: FaultRule[] = [{operation: 'DescribeServices', fault: {kind: 'throttling'}}]
    await fetch(url, {method: 'PUT', body: JSON.stringify(rules)})
    await expect(describeWeb()).rejects.toMatchObject({name: 'ThrottlingException'})
    await fetch(url, {method: 'DELETE'})
    await describeWeb()
    const response = await fetch(`${emulator.url}/_emulator/journal?since=1`)
    const [entry, ...rest] = (await response.json()) as JournalEntry[]
    expect(rest).toEqual([])
    expect(entry).toEqual({
      number: 2,
      time: defaultStart,
      service: 'ecs',
      operation: 'DescribeServices',
      caller: 'arn:aws:iam::111122223333:user/deployer',
      region,
      body: '{"services":["web"]}',
      status: 200
    })
  })
})
