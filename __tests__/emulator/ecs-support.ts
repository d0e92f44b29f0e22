import {
  CreateClusterCommand,
  CreateServiceCommand,
  type CreateServiceRequest,
  DescribeServiceDeploymentsCommand,
  DescribeServicesCommand,
  DescribeTasksCommand,
  ECSClient,
  ListServiceDeploymentsCommand,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
  type RegisterTaskDefinitionRequest,
  RunTaskCommand,
  type RunTaskRequest,
  type RunTaskResponse,
  type Service,
  type ServiceDeployment,
  type Task,
  UpdateServiceCommand,
  type UpdateServiceRequest
} from '@aws-sdk/client-ecs'
import {SteppedClock} from '../../emulator/clock.ts'
import {createEcs, type Ecs, type EcsOptions} from '../../emulator/ecs.ts'
import {createEmulator, type Emulator, staticCredentials} from '../../emulator/server.ts'

export const account = '111122223333'
export const region = 'eu-central-1'
export const arn = (path: string): string => `arn:aws:ecs:${region}:${account}:${path}`

/** A local AWS with the cluster `prod`, reached over HTTP with the real client, on a clock that tests move. */
export class EcsStage {
  readonly emulator: Emulator
  readonly clock: SteppedClock
  readonly ecs: Ecs
  readonly client: ECSClient
  /** The target group of `balanced` services. */
  readonly groupArn: string
  /** When the last `update` was, or the stage opened. */
  since: number
  readonly #deployments: string[] = []

  private constructor(emulator: Emulator, clock: SteppedClock, options: Partial<EcsOptions>) {
    this.emulator = emulator
    this.clock = clock
    this.since = clock.now()
    this.ecs = createEcs({
      clock,
      account,
      region,
      targetGroups: emulator.targetGroups,
      logs: emulator.logs,
      ...options
    })
    emulator.add(this.ecs.service)
    for (const [name, operation] of Object.entries(this.ecs.control)) emulator.controls.set(name, operation)
    this.client = new ECSClient({region, endpoint: emulator.url, credentials: staticCredentials, maxAttempts: 1})
    this.groupArn = emulator.targetGroups.create({name: 'web', deregistrationDelaySeconds: 30}).arn
  }

  static async open(options: Partial<EcsOptions> = {}): Promise<EcsStage> {
    const clock = new SteppedClock(Date.UTC(2026, 10, 2, 9))
    const stage = new EcsStage(await createEmulator({clock, account, region, unknownMembers: 'refuse'}), clock, options)
    await stage.client.send(new CreateClusterCommand({clusterName: 'prod'}))
    return stage
  }

  /** Ends the stage. @throws Error when the emulator answered what AWS cannot */
  async close(): Promise<void> {
    this.client.destroy()
    await this.emulator.close()
    if (this.emulator.defects.length > 0) throw new AggregateError(this.emulator.defects)
  }

  /** Posts to the control API; the answer is the status. */
  async control(operation: string, body: unknown): Promise<number> {
    const url = `${this.emulator.url}/_emulator/${operation}`
    return (await fetch(url, {method: 'POST', body: JSON.stringify(body)})).status
  }

  /** Lets time pass. */
  pass(seconds: number): void {
    this.clock.advance(this.clock.now() + seconds * 1000)
  }

  /** Registers `web` on Fargate, its image with this tag; the answer is the ARN. */
  async define(tag: string, more: Partial<RegisterTaskDefinitionRequest> = {}): Promise<string> {
    const answer = await this.client.send(
      new RegisterTaskDefinitionCommand({...fargate(`example.org/web:${tag}`), ...more})
    )
    return answer.taskDefinition?.taskDefinitionArn ?? ''
  }

  /** Creates the service `web` with two tasks of `taskDefinition`. */
  async create(taskDefinition: string, more: Partial<CreateServiceRequest> = {}): Promise<Service> {
    const {service} = await this.client.send(
      new CreateServiceCommand({
        cluster: 'prod',
        serviceName: 'web',
        taskDefinition,
        desiredCount: 2,
        launchType: 'FARGATE',
        networkConfiguration: {awsvpcConfiguration: {subnets: ['subnet-1']}},
        ...more
      })
    )
    return this.#noted(service)
  }

  /** Runs a task of the newest revision of `web`, without a service. */
  async run(more: Partial<RunTaskRequest> = {}): Promise<RunTaskResponse> {
    return this.client.send(
      new RunTaskCommand({
        cluster: 'prod',
        taskDefinition: 'web',
        launchType: 'FARGATE',
        networkConfiguration: {awsvpcConfiguration: {subnets: ['subnet-1']}},
        ...more
      })
    )
  }

  /** What makes a service register its tasks in the target group. */
  get balanced(): Pick<CreateServiceRequest, 'loadBalancers'> {
    return {loadBalancers: [{targetGroupArn: this.groupArn, containerName: 'app', containerPort: 8080}]}
  }

  async update(request: Omit<UpdateServiceRequest, 'service' | 'cluster'>): Promise<Service> {
    this.since = this.clock.now()
    const {service} = await this.client.send(new UpdateServiceCommand({cluster: 'prod', service: 'web', ...request}))
    return this.#noted(service)
  }

  /** The id of the n-th deployment, counted from 1. */
  deploymentId(number: number): string {
    return this.#deployments[number - 1] ?? ''
  }

  #noted(service: Service = {}): Service {
    const id = service.deployments?.[0]?.id
    if (id !== undefined && !this.#deployments.includes(id)) this.#deployments.push(id)
    return service
  }

  /** A text with `#n` for the id of the n-th deployment, `T` for each task and `TG` for the target group. */
  #short(text: string): string {
    return this.#deployments
      .reduce((shorter, id, index) => shorter.replaceAll(id, `#${index + 1}`), text)
      .replace(/\b[0-9a-f]{32}\b/g, 'T')
      .replaceAll(this.groupArn, 'TG')
      .replace('(service web', '(web')
  }

  async service(): Promise<Service> {
    const {services} = await this.client.send(new DescribeServicesCommand({cluster: 'prod', services: ['web']}))
    return services?.[0] ?? {}
  }

  /** The deployments as `#n STATUS desired/running/pending STATE`, `#n` for the n-th one. */
  async deployments(): Promise<string[]> {
    const {deployments = []} = await this.service()
    return deployments.map(({id = '', status, desiredCount, runningCount, pendingCount, rolloutState}) =>
      [this.#short(id), status, `${desiredCount ?? ''}/${runningCount ?? ''}/${pendingCount ?? ''}`, rolloutState].join(
        ' '
      )
    )
  }

  /** The events since the last update, oldest first: seconds since then and the text. */
  async events(): Promise<string[]> {
    const {events = []} = await this.service()
    return events
      .map(event => ({seconds: ((event.createdAt?.getTime() ?? 0) - this.since) / 1000, message: event.message ?? ''}))
      .filter(({seconds}) => seconds >= 0)
      .map(({seconds, message}) => `${seconds.toFixed(3)} ${this.#short(message)}`)
      .reverse()
  }

  /** All service deployments that are listed, newest first. */
  async serviceDeployments(): Promise<ServiceDeployment[]> {
    const listed = await this.client.send(new ListServiceDeploymentsCommand({cluster: 'prod', service: 'web'}))
    const arns = (listed.serviceDeployments ?? []).map(({serviceDeploymentArn = ''}) => serviceDeploymentArn)
    if (arns.length === 0) return []
    const {serviceDeployments} = await this.client.send(
      new DescribeServiceDeploymentsCommand({serviceDeploymentArns: arns})
    )
    return serviceDeployments ?? []
  }

  /** The tasks of the service with this desired status. */
  async tasks(desiredStatus: 'RUNNING' | 'STOPPED'): Promise<Task[]> {
    const {taskArns = []} = await this.client.send(
      new ListTasksCommand({cluster: 'prod', serviceName: 'web', desiredStatus})
    )
    if (taskArns.length === 0) return []
    const {tasks} = await this.client.send(new DescribeTasksCommand({cluster: 'prod', tasks: taskArns}))
    return tasks ?? []
  }
}

/** A task definition of the family `web` that Fargate takes. */
export function fargate(image: string): RegisterTaskDefinitionRequest {
  return {
    family: 'web',
    requiresCompatibilities: ['FARGATE'],
    networkMode: 'awsvpc',
    cpu: '256',
    memory: '512',
    executionRoleArn: `arn:aws:iam::${account}:role/execution`,
    containerDefinitions: [{name: 'app', image, portMappings: [{containerPort: 8080}]}]
  }
}
