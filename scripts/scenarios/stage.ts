import {createHash} from 'node:crypto'
import {mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import * as ecs from '@aws-sdk/client-ecs'
import {type BlueGreenLoadBalancer, createBlueGreenLoadBalancer} from '../../emulator/blue-green-load-balancer.ts'
import {SteppedClock} from '../../emulator/clock.ts'
import {codeDeployLoadBalancer} from '../../emulator/codedeploy/seed.ts'
import type {JournalEntry} from '../../emulator/journal.ts'
import {createLocalAws, type LocalAws} from '../../emulator/local-aws.ts'
import {runStep, type StepResult} from '../../emulator/runner.ts'
import {defaultStart, staticCredentials} from '../../emulator/server.ts'
import {createDeploymentGroup} from './codedeploy.ts'
import type {Credentials, Scenario, ServiceSetup} from './scenario.ts'

const account = '111122223333'
const region = 'eu-central-1'
const cluster = 'prod'
const secret = `arn:aws:secretsmanager:${region}:${account}:secret:web-database-AbCdEf`
const project = fileURLToPath(new URL('../..', import.meta.url))
/** How long the service has run when the release comes, in seconds; a first deployment that shifts traffic bakes as well. */
const headStart = 600
const longHeadStart = 7200
const caller = {accessKeyId: 'AKIAI44QH8DHBEXAMPLE', arn: `arn:aws:iam::${account}:user/somebody-else`, account}

/**
 * How often ECS looks at a service: about every 10 s (observed), in each scenario a little more or less often, so that its
 * looks and those of the step, which both begin with the update, do not fall together by chance. Milliseconds.
 */
function schedulerInterval(name: string): number {
  return 9000 + (createHash('sha256').update(name).digest().readUInt16BE() % 2000)
}

function shiftsTraffic(service: ServiceSetup | undefined): boolean {
  return (service?.deployment?.strategy ?? 'ROLLING') !== 'ROLLING'
}

function isOnInstances({onInstances, isDaemon, isClassic}: ServiceSetup): boolean {
  return onInstances === true || isDaemon === true || isClassic === true
}

/** A local AWS with the service `web` in the cluster `prod`, and a job that releases to it. */
export class Stage implements AsyncDisposable {
  readonly aws: LocalAws
  readonly clock: SteppedClock
  readonly #workspace: string
  readonly #client: ecs.ECSClient
  readonly #cancel = new AbortController()
  /** Requests up to here were made by the set-up. */
  #before = 0

  private constructor(aws: LocalAws, clock: SteppedClock, workspace: string) {
    this.aws = aws
    this.clock = clock
    this.#workspace = workspace
    this.#client = new ecs.ECSClient({endpoint: aws.emulator.url, region, credentials: staticCredentials})
  }

  /** The service as the scenario has it, ten minutes after it was created. */
  static async open(scenario: Scenario): Promise<Stage> {
    const clock = new SteppedClock(defaultStart)
    const aws = await createLocalAws({clock, account, region, timing: {scheduler: schedulerInterval(scenario.name)}})
    const stage = new Stage(aws, clock, await mkdtemp(join(tmpdir(), 'scenario-')))
    try {
      await stage.#setUp(scenario)
      return stage
    } catch (error) {
      await stage[Symbol.asyncDispose]()
      throw error
    }
  }

  async #setUp({service, behaviours = [], before, files = {}}: Scenario): Promise<void> {
    const {ecs: state, ecr, emulator} = this.aws
    state.variants.containerInstances = 3
    state.setRules(behaviours)
    emulator.logs.createGroup('/ecs/web')
    emulator.secrets.create({name: 'web-database', suffix: 'AbCdEf'})
    ecr.createRepository({account, region, name: 'web'})
    await this.#client.send(new ecs.CreateClusterCommand({clusterName: cluster}))
    await this.createService('web', service)
    this.pass(shiftsTraffic(service) ? longHeadStart : headStart)
    const {lifecycleHooks} = service?.deployment ?? {}
    if (lifecycleHooks !== undefined) {
      this.call('UpdateService', {service: 'web', deploymentConfiguration: {lifecycleHooks}})
    }
    for (const [path, text] of Object.entries(files)) await writeFile(join(this.#workspace, path), text)
    await before?.(this)
    this.#before = emulator.journal.entries().length
  }

  /** Creates a service, with revision 1 of a definition of its own name. */
  async createService(name: string, setup: ServiceSetup = {}): Promise<void> {
    const {gracePeriodSeconds, isDaemon = false} = setup
    const onInstances = isOnInstances(setup)
    const taskDefinition = await this.register(name, setup)
    const network = {
      awsvpcConfiguration: {subnets: ['subnet-0123456789abcdef0'], securityGroups: ['sg-0123456789abcdef0']}
    }
    const {loadBalancers, codeDeploy} = this.#balanced(name, setup)
    await this.#client.send(
      new ecs.CreateServiceCommand({
        cluster,
        serviceName: name,
        taskDefinition,
        ...(isDaemon ? {schedulingStrategy: 'DAEMON'} : {desiredCount: setup.desiredCount ?? 2}),
        launchType: onInstances ? 'EC2' : 'FARGATE',
        networkConfiguration: onInstances ? undefined : network,
        loadBalancers,
        healthCheckGracePeriodSeconds: gracePeriodSeconds,
        ...(codeDeploy === undefined
          ? {
              deploymentConfiguration: {
                deploymentCircuitBreaker: {enable: true, rollback: true},
                ...setup.deployment,
                // Not for the first deployment.
                lifecycleHooks: undefined
              }
            }
          : {deploymentController: {type: 'CODE_DEPLOY'}})
      })
    )
    if (codeDeploy !== undefined) {
      createDeploymentGroup(this.aws, {cluster, service: name, balancer: codeDeploy}, setup.codeDeploy ?? {})
    }
  }

  /** What the service is behind; `codeDeploy` where CodeDeploy deploys it. */
  #balanced(
    name: string,
    setup: ServiceSetup
  ): {readonly loadBalancers: ecs.LoadBalancer[] | undefined; readonly codeDeploy?: BlueGreenLoadBalancer} {
    if (setup.codeDeploy === undefined) return {loadBalancers: this.#loadBalancers(name, setup)}
    const to = {containerName: 'app', containerPort: 8080, deregistrationDelaySeconds: 30, ...setup.targetGroup}
    const codeDeploy = createBlueGreenLoadBalancer(this.aws.emulator.targetGroups, name, to)
    return {loadBalancers: [codeDeployLoadBalancer(codeDeploy)], codeDeploy}
  }

  #loadBalancers(name: string, setup: ServiceSetup): ecs.LoadBalancer[] | undefined {
    const {targetGroups} = this.aws.emulator
    const to = {containerName: 'app', containerPort: 8080}
    if (setup.isClassic === true) return [{...to, loadBalancerName: name}]
    if (shiftsTraffic(setup))
      return createBlueGreenLoadBalancer(targetGroups, name, {...to, ...setup.targetGroup}).loadBalancers
    return (
      setup.targetGroup && [{...to, targetGroupArn: targetGroups.create({name, port: 8080, ...setup.targetGroup}).arn}]
    )
  }

  /** Registers a revision. @returns its ARN */
  async register(family: string, {tag = 'v1', tags, healthCheck = false, ...setup}: ServiceSetup): Promise<string> {
    const onInstances = isOnInstances(setup)
    const {taskDefinition} = await this.#client.send(
      new ecs.RegisterTaskDefinitionCommand({
        family,
        executionRoleArn: `arn:aws:iam::${account}:role/web-execution`,
        cpu: '256',
        memory: '512',
        tags: tags && Object.entries(tags).map(([key, value]) => ({key, value})),
        ...(onInstances
          ? {networkMode: 'bridge', requiresCompatibilities: ['EC2']}
          : {networkMode: 'awsvpc', requiresCompatibilities: ['FARGATE']}),
        containerDefinitions: [
          {
            name: 'app',
            image: this.#image(tag),
            essential: true,
            portMappings: [{containerPort: 8080}],
            secrets: [{name: 'DATABASE_URL', valueFrom: secret}],
            ...(healthCheck && {healthCheck: {command: ['CMD', '/healthy'], interval: 10, retries: 3}}),
            logConfiguration: {
              logDriver: 'awslogs',
              options: {'awslogs-group': '/ecs/web', 'awslogs-region': region, 'awslogs-stream-prefix': 'ecs'}
            }
          }
        ]
      })
    )
    return taskDefinition?.taskDefinitionArn ?? ''
  }

  /** Puts an image of this tag into the repository. @returns its reference, with the digest */
  #image(tag: string): string {
    const digest = this.aws.ecr.putImage({account, region, name: 'web'}, tag, ['linux/amd64'])
    return `${new URL(this.aws.emulator.url).host}/web:${tag}@${digest}`
  }

  /** Lets time pass. */
  pass(seconds: number): void {
    this.clock.advance(this.clock.now() + seconds * 1000)
  }

  /** What somebody else does in ECS, at once; neither faults nor the journal know of it. */
  call(operation: string, input: object): object {
    const {handle} = this.aws.ecs.service.operations[operation] ?? {}
    if (handle === undefined) throw new Error(`ECS has no ${operation}.`)
    const output = handle({cluster, ...input} as never, {operation, region, caller, requestId: 'somebody-else'})
    if (output instanceof Promise) throw new TypeError(`${operation} takes time.`)
    return output
  }

  /** A service as it is now. */
  service(name: string): ecs.Service {
    const {services = []} = this.call('DescribeServices', {services: [name]}) as ecs.DescribeServicesResponse
    return services[0] ?? {status: 'INACTIVE'}
  }

  /** Its service deployment with this target, once it is listed. @param deploymentId such as `ecs-svc/1675294001379389663` */
  serviceDeployment(name: string, deploymentId: string): ecs.ServiceDeployment | undefined {
    const number = deploymentId.replace('ecs-svc/', '')
    const {serviceDeployments: listed = []} = this.call('ListServiceDeployments', {
      service: name
    }) as ecs.ListServiceDeploymentsResponse
    const arn = listed.find(({targetServiceRevisionArn}) => targetServiceRevisionArn?.endsWith(`/${number}`))
    if (arn === undefined) return undefined
    const {serviceDeployments = []} = this.call('DescribeServiceDeployments', {
      serviceDeploymentArns: [arn.serviceDeploymentArn]
    }) as ecs.DescribeServiceDeploymentsResponse
    return serviceDeployments[0]
  }

  /** Requests since the set-up. */
  requests(): readonly JournalEntry[] {
    return this.aws.emulator.journal.entries(this.#before)
  }

  /** Cancels the job, as its user does. */
  cancel(): void {
    this.#cancel.abort()
  }

  /** Runs the step as a runner does, on the clock of the local AWS. */
  async release({tag = 'v2', inputs = {}, credentials}: Scenario): Promise<StepResult> {
    const {env, ...more} = this.#access(credentials)
    return runStep({
      workspace: this.#workspace,
      preload: [join(project, 'emulator', 'preload.ts')],
      cancel: this.#cancel.signal,
      inputs: {'aws-region': region, cluster, service: 'web', image: this.#image(tag), ...more, ...inputs},
      env: {
        AWS_ENDPOINT_URL: this.aws.emulator.url,
        AWS_EC2_METADATA_DISABLED: 'true',
        // All steps have the same program: compiled once, it starts twice as fast.
        NODE_COMPILE_CACHE: join(project, '.cache', 'compiled'),
        ECS_EMULATOR_CLOCK: `${this.aws.emulator.url}/_emulator/clock`,
        ...env
      }
    })
  }

  /** What gives the job access to AWS: environment, and inputs besides. */
  #access(credentials: Credentials | undefined): {readonly env: Record<string, string>; 'role-to-assume'?: string} {
    const {emulator} = this.aws
    if (credentials?.kind === 'oidc') {
      const trustsGithub = {subjects: ['repo:octo-org/web:*']}
      return {
        'role-to-assume': emulator.roles.create({name: 'release', trustsGithub}),
        env: {
          ACTIONS_ID_TOKEN_REQUEST_URL: `${emulator.url}/_github/token?repository=octo-org/web&ref=refs/heads/main`,
          ACTIONS_ID_TOKEN_REQUEST_TOKEN: emulator.github.requestToken
        }
      }
    }
    if (credentials === undefined) {
      const {accessKeyId, secretAccessKey} = staticCredentials
      return {env: {AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey}}
    }
    const session = `arn:aws:sts::${account}:assumed-role/release/job`
    const issued = emulator.credentials.issue(session, credentials.seconds)
    return {
      env: {
        AWS_ACCESS_KEY_ID: issued.AccessKeyId,
        AWS_SECRET_ACCESS_KEY: issued.SecretAccessKey,
        AWS_SESSION_TOKEN: issued.SessionToken
      }
    }
  }

  /** @throws Error if the emulator itself did something that AWS cannot do */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#client.destroy()
    await this.aws.emulator.close()
    await rm(this.#workspace, {recursive: true, force: true})
    const [defect] = this.aws.emulator.defects
    if (defect !== undefined) throw defect
  }
}
