import {
  CreateClusterCommand,
  CreateServiceCommand,
  type CreateServiceCommandInput,
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  ECSClient,
  ListServiceDeploymentsCommand,
  RegisterTaskDefinitionCommand,
  type Service,
  type ServiceDeploymentBrief,
  type TaskDefinition
} from '@aws-sdk/client-ecs'
import {mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {dirname, join, resolve} from 'node:path'
import {SteppedClock} from '../../emulator/clock.ts'
import type {Policy, PolicyStatement} from '../../emulator/iam/policy.ts'
import type {JournalEntry} from '../../emulator/journal.ts'
import {createLocalAws, type LocalAws} from '../../emulator/local-aws.ts'
import {runStep, type StepOptions, type StepResult} from '../../emulator/runner.ts'
import {staticCredentials} from '../../emulator/server.ts'
import type {Role} from '../../emulator/sts.ts'
import {readmePolicy} from './readme-policy.ts'

const ACCOUNT = '111122223333'
const REGION = 'eu-central-1'

/** Operations that change something in ECS or ECR. */
const CHANGES = /^(Register|Update|Create|Delete|Deregister|Put|Stop|Run|Tag)|^(PUT|POST|PATCH|DELETE) /

/** The credentials of the user that releases. */
export const releaser = {accessKeyId: 'AKIAIOSFODNN7RELEASE', secretAccessKey: staticCredentials.secretAccessKey}

/**
 * A release that is run on its own local AWS account, with a repository of files to release, by a user that may do what the
 * README's policy says and no more. What the tests themselves do, another user does, who may do everything.
 */
export class Account implements AsyncDisposable {
  readonly aws: LocalAws
  readonly workspace: string
  readonly client: ECSClient
  readonly #releaser: string
  #policy: Policy = {Statement: []}
  /** Requests up to here were made by the set-up. */
  #before = 0

  private constructor(aws: LocalAws, workspace: string) {
    this.aws = aws
    this.workspace = workspace
    this.client = new ECSClient({endpoint: aws.emulator.url, region: REGION, credentials: staticCredentials})
    this.#releaser = aws.emulator.credentials.addUser(releaser.accessKeyId, 'release').arn
    this.under(readmePolicy())
  }

  /**
   * The repository `web` with the images `v1` and `v2`, and the service `web` in the cluster `prod`, which has run two
   * tasks of `v1` for a while.
   * @param service more settings of the service, or what makes them, together with what they name
   */
  static async open(
    service: Partial<CreateServiceCommandInput> | ((account: Account) => Partial<CreateServiceCommandInput>) = {}
  ): Promise<Account> {
    const aws = await createLocalAws({account: ACCOUNT, region: REGION})
    const account = new Account(aws, await mkdtemp(join(tmpdir(), 'workspace-')))
    await using undone = new AsyncDisposableStack()
    undone.use(account)
    await account.#setUp(service)
    undone.move()
    return account
  }

  async #setUp(
    service: Partial<CreateServiceCommandInput> | ((account: Account) => Partial<CreateServiceCommandInput>)
  ): Promise<void> {
    for (const name of ['web', 'other']) this.aws.ecr.createRepository({account: ACCOUNT, region: REGION, name})
    for (const tag of ['v1', 'v2', 'v2-crash', 'v2-never-healthy', 'v2-bad-image', 'v2-slow']) this.image(tag)
    await this.client.send(new CreateClusterCommand({clusterName: 'prod'}))
    await this.client.send(new RegisterTaskDefinitionCommand(this.definition('v1') as never))
    await this.service(typeof service === 'function' ? service(this) : service)
    this.advance(600)
    this.forget()
  }

  get host(): string {
    return new URL(this.aws.emulator.url).host
  }

  /** `host/web:tag`. */
  uri(tag: string, repository = 'web'): string {
    return `${this.host}/${repository}:${tag}`
  }

  /** Puts an image into the repository. @returns its digest */
  image(tag: string): string {
    return this.aws.ecr.putImage({account: ACCOUNT, region: REGION, name: 'web'}, tag, ['linux/amd64'])
  }

  /** A definition as a repository has it, with more settings of its own and of its container. */
  definition(tag: string, more: object = {}, container: object = {}): object {
    return {
      family: 'web',
      networkMode: 'awsvpc',
      requiresCompatibilities: ['FARGATE'],
      cpu: '256',
      memory: '512',
      executionRoleArn: `arn:aws:iam::${ACCOUNT}:role/web-execution`,
      containerDefinitions: [
        {
          name: 'app',
          image: this.uri(tag),
          essential: true,
          portMappings: [{containerPort: 8080, protocol: 'tcp'}],
          ...container
        }
      ],
      ...more
    }
  }

  async service(more: Partial<CreateServiceCommandInput> = {}): Promise<void> {
    await this.client.send(
      new CreateServiceCommand({
        cluster: 'prod',
        serviceName: 'web',
        taskDefinition: 'web',
        desiredCount: 2,
        launchType: 'FARGATE',
        networkConfiguration: {awsvpcConfiguration: {subnets: ['subnet-0123456789abcdef0']}},
        deploymentConfiguration: {deploymentCircuitBreaker: {enable: true, rollback: true}},
        ...more
      })
    )
  }

  /** Gives the user that releases this policy in place of the README's. */
  under(policy: Policy): void {
    this.#policy = policy
    this.aws.emulator.policies.attach(this.#releaser, policy)
  }

  /** What the user that releases needs beside the README's policy. */
  plus(...statements: readonly PolicyStatement[]): void {
    this.under({...this.#policy, Statement: [...this.#policy.Statement, ...statements]})
  }

  /** Makes a role that may do what the user that releases may. @returns its ARN */
  role(role: Role): string {
    const {roles, policies} = this.aws.emulator
    const arn = roles.create(role)
    policies.attach(arn, this.#policy)
    return arn
  }

  /** Lets time pass, in seconds. */
  advance(seconds: number): void {
    const {clock} = this.aws.emulator
    if (clock instanceof SteppedClock) clock.advance(clock.now() + seconds * 1000)
  }

  /** Writes a file of the repository that is released. */
  async file(path: string, content: string | object): Promise<void> {
    const file = resolve(this.workspace, path)
    await mkdir(dirname(file), {recursive: true})
    await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content, undefined, 2))
  }

  /** Forgets the requests so far. */
  forget(): void {
    this.#before = this.aws.emulator.journal.entries().length
  }

  /** Requests since the set-up. */
  requests(): readonly JournalEntry[] {
    return this.aws.emulator.journal.entries(this.#before)
  }

  /** Names of the operations since the set-up that change something and were carried out. */
  changes(): string[] {
    return this.requests()
      .filter(({operation, error}) => error === undefined && CHANGES.test(operation))
      .map(({operation}) => operation)
  }

  /** Runs the bundle as a runner does, on the account's clock. */
  async release(inputs: Record<string, string> = {}, options: Partial<StepOptions> = {}): Promise<StepResult> {
    return runStep(this.step({cluster: 'prod', service: 'web', image: this.uri('v2'), ...inputs}, options))
  }

  /** A step on the account's clock; without `action` in the options it releases. */
  step(inputs: Record<string, string>, options: Partial<StepOptions> = {}): StepOptions {
    return {
      workspace: this.workspace,
      preload: [resolve('emulator/preload.ts')],
      ...options,
      inputs: {'aws-region': REGION, ...inputs},
      env: {
        AWS_ENDPOINT_URL: this.aws.emulator.url,
        AWS_ACCESS_KEY_ID: releaser.accessKeyId,
        AWS_SECRET_ACCESS_KEY: releaser.secretAccessKey,
        AWS_EC2_METADATA_DISABLED: 'true',
        ECS_EMULATOR_CLOCK: `${this.aws.emulator.url}/_emulator/clock`,
        ...options.env
      }
    }
  }

  async described(service = 'web'): Promise<Service> {
    const {services = []} = await this.client.send(new DescribeServicesCommand({cluster: 'prod', services: [service]}))
    const [found] = services
    if (found === undefined) throw new Error(`No service ${service}`)
    return found
  }

  /** The service deployments that there have been, the newest first. */
  async serviceDeployments(service = 'web'): Promise<readonly ServiceDeploymentBrief[]> {
    const {serviceDeployments = []} = await this.client.send(
      new ListServiceDeploymentsCommand({cluster: 'prod', service})
    )
    return serviceDeployments
  }

  async revision(arn: string): Promise<TaskDefinition> {
    const {taskDefinition} = await this.client.send(new DescribeTaskDefinitionCommand({taskDefinition: arn}))
    if (taskDefinition === undefined) throw new Error(`No revision ${arn}`)
    return taskDefinition
  }

  /** @throws Error if the emulator itself did something that AWS cannot do */
  async [Symbol.asyncDispose](): Promise<void> {
    this.client.destroy()
    await this.aws.emulator.close()
    await rm(this.workspace, {recursive: true, force: true})
    const [defect] = this.aws.emulator.defects
    if (defect !== undefined) throw defect
  }
}
