import {CloudWatchLogsClient} from '@aws-sdk/client-cloudwatch-logs'
import type {CodeDeploy, CodeDeployClientConfig} from '@aws-sdk/client-codedeploy'
import {ECRClient} from '@aws-sdk/client-ecr'
import {ECSClient} from '@aws-sdk/client-ecs'
import {ElasticLoadBalancingV2Client} from '@aws-sdk/client-elastic-load-balancing-v2'
import type {SecretsManager} from '@aws-sdk/client-secrets-manager'
import type {SSM} from '@aws-sdk/client-ssm'
import {GetCallerIdentityCommand, STSClient} from '@aws-sdk/client-sts'
import {Failure} from '../workflow/failure.ts'
import type {World} from '../world.ts'
import {isDenied} from './allowed.ts'
import {REGION} from './arn.ts'
import {type Credentials, credentialsOf, type Job} from './credentials.ts'
import {explain} from './explain.ts'
import {type Agents, agents, requestHandler} from './http.ts'

/** What only helps is answered within a fraction of this. */
const IMPATIENT_MILLISECONDS = 3_000

/** The AWS clients of a release, all with the same credentials. */
export interface Aws {
  readonly region: string
  /** The account and the identity that releases, as STS names them; `undefined` where that could not be read. */
  readonly caller: Caller | undefined
  /** For calls that read: retried by the SDK. */
  readonly ecs: ECSClient
  /** Never repeated by the SDK: for changes, see `change`, and for the follower, which rides out failures itself. */
  readonly ecsOnce: ECSClient
  /** ECR in the repository's own region. */
  ecr(region: string): ECRClient
  /** CloudWatch Logs in the region of the log group. */
  logs(region: string): CloudWatchLogsClient
  /** Never repeated by the SDK and given up after some seconds: what load balancers say only helps. */
  readonly elb: ElasticLoadBalancingV2Client
  /** Loaded when it is first asked for; for calls that read: retried by the SDK. */
  codeDeploy(): Promise<CodeDeploy>
  /** The same, never repeated by the SDK, see `ecsOnce`. */
  codeDeployOnce(): Promise<CodeDeploy>
  /** Secrets Manager in the region of the secret; loaded when it is first asked for, and not waited for long. */
  secretsManager(region: string): Promise<SecretsManager>
  /** Systems Manager in the region of the parameter; loaded when it is first asked for, and not waited for long. */
  ssm(region: string): Promise<SSM>
  /** For requests that are not AWS calls, such as downloading a layer. */
  readonly agents: Agents
}

export interface Caller {
  readonly account: string
  readonly arn: string
}

/**
 * Connects to AWS: settles the region, gets credentials and proves them with `sts:GetCallerIdentity`, which needs no
 * permission.
 * @throws Failure without a region, without credentials, or when the role cannot be assumed
 */
export async function connect(
  wanted: {awsRegion: string | undefined; cluster: string; roleToAssume: string | undefined},
  job: Job,
  world: World
): Promise<Aws> {
  const region = chooseRegion(wanted.awsRegion, wanted.cluster, world.env)
  const connections = agents(world.env)
  const shared = {region, requestHandler: requestHandler(connections)}
  const credentials = credentialsOf(wanted.roleToAssume, job, shared, world)
  const config = {...shared, ...(credentials && {credentials})}
  const caller = await callerOf(new STSClient(config), credentials, world)
  const helping = {...config, maxAttempts: 1, requestHandler: impatient(connections)}
  return {
    region,
    caller,
    ecs: new ECSClient({...config, maxAttempts: 5}),
    ecsOnce: new ECSClient({...config, maxAttempts: 1}),
    ecr: ofRegion(registryRegion => new ECRClient({...config, region: registryRegion})),
    logs: ofRegion(logRegion => new CloudWatchLogsClient({...config, region: logRegion})),
    codeDeploy: once(() => codeDeployClient({...config, maxAttempts: 5})),
    codeDeployOnce: once(() => codeDeployClient({...config, maxAttempts: 1})),
    elb: new ElasticLoadBalancingV2Client(helping),
    // Eager: in the one file of the bundle, though not run before; the licences of parts of their own would get lost.
    secretsManager: ofRegion(async secretRegion => {
      const {SecretsManager} = await import(/* webpackMode: "eager" */ '@aws-sdk/client-secrets-manager')
      return new SecretsManager({...helping, region: secretRegion})
    }),
    ssm: ofRegion(async parameterRegion => {
      const {SSM} = await import(/* webpackMode: "eager" */ '@aws-sdk/client-ssm')
      return new SSM({...helping, region: parameterRegion})
    }),
    agents: connections
  }
}

/** Eager: in the one file of the bundle, though not run before; the licences of parts of their own would get lost. */
async function codeDeployClient(config: CodeDeployClientConfig): Promise<CodeDeploy> {
  const {CodeDeploy} = await import(/* webpackMode: "eager" */ '@aws-sdk/client-codedeploy')
  return new CodeDeploy(config)
}

/** Makes it when it is first asked for. */
function once<Made>(make: () => Made): () => Made {
  let made: Made | undefined
  return () => (made ??= make())
}

/** For calls that nothing waits for. */
function impatient(connections: Agents): ReturnType<typeof requestHandler> {
  const handler = requestHandler(connections)
  handler.updateHttpClientConfig('connectionTimeout', IMPATIENT_MILLISECONDS)
  handler.updateHttpClientConfig('requestTimeout', IMPATIENT_MILLISECONDS)
  return handler
}

/** One client a region, made when it is first asked for. */
function ofRegion<Client>(make: (region: string) => Client): (region: string) => Client {
  const clients = new Map<string, Client>()
  return region => {
    const client = clients.get(region) ?? make(region)
    clients.set(region, client)
    return client
  }
}

/** The input, else the job's environment, else the region in the cluster's ARN. */
function chooseRegion(input: string | undefined, cluster: string, env: World['env']): string {
  const region =
    input ?? (env['AWS_REGION'] || env['AWS_DEFAULT_REGION'] || /^arn:[\w-]+:ecs:([\w-]+):/.exec(cluster)?.[1])
  if (region === undefined) {
    throw new Failure('No AWS region is set: give the region of the cluster in the input `aws-region`.', {
      fix: 'with:\n  aws-region: eu-central-1'
    })
  }
  if (!new RegExp(`^${REGION}$`).test(region)) {
    throw new Failure(
      `The AWS region \`${region}\` has not the form of a region, such as eu-central-1: correct \`aws-region\`.`
    )
  }
  return region
}

/** Who releases. Wrong or missing credentials end the release here; an STS that cannot be reached does not. */
async function callerOf(
  sts: STSClient,
  credentials: Credentials | undefined,
  {signal}: World
): Promise<Caller | undefined> {
  // An assumed role is proven by having been assumed; what went wrong with it has its own words.
  if (credentials !== undefined) await credentials()
  try {
    const {Account, Arn} = await sts.send(new GetCallerIdentityCommand({}), {abortSignal: signal})
    return Account === undefined || Arn === undefined ? undefined : {account: Account, arn: Arn}
  } catch (error) {
    if (isDenied(error) || isConnectionProblem(error)) return undefined
    throw explain(error, 'looking up who releases (sts:GetCallerIdentity)')
  }
}

/** Some private networks have no way to STS while ECS and ECR can be reached. */
function isConnectionProblem(error: unknown): boolean {
  return error instanceof Error && error.name !== 'CredentialsProviderError' && !('$fault' in error)
}
