import type * as sdk from '@aws-sdk/client-ecs'
import type {Target, TargetChecks} from '../target-groups.ts'
import type {Behaviour} from './behaviour.ts'
import type {CapacityProviders} from './capacity-providers.ts'
import type {EventLog} from './events.ts'
import type {RuntimeContainer, RuntimeTask} from './runtime.ts'
import type {RevisionCounts} from './revision-counts.ts'
import type {Stage} from './strategy.ts'
import type {Registered} from './task-definition.ts'
import type {TaskSet} from './task-set.ts'

// Times are milliseconds since 1970; the views make dates of them.

export interface Cluster {
  readonly name: string
  readonly arn: string
  /** By name, deleted ones as long as they are described. */
  readonly services: Map<string, Service>
  /** By id, stopped ones as long as they are described. */
  readonly tasks: Map<string, Task>
  /** By id. */
  readonly instances: Map<string, ContainerInstance>
  /** Those of the region. */
  readonly capacityProviders: CapacityProviders
}

/** A container instance that was added; what its tasks leave of it is counted from them. */
export interface ContainerInstance {
  readonly id: string
  readonly arn: string
  readonly ec2InstanceId: string
  readonly cluster: Cluster
  readonly registeredAt: number
  /** CPU units, and MiB, without any task. */
  readonly cpu: number
  readonly memory: number
  readonly gpuIds: readonly string[]
  readonly availabilityZone: string
  readonly attributes: ReadonlyMap<string, string | undefined>
  readonly capacityProvider: string | undefined
  status: sdk.ContainerInstanceStatus
  agentConnected: boolean
  healthStatus: sdk.InstanceHealthCheckState
}

/** What a service and each of its revisions have in common. */
export interface ServiceConfiguration {
  taskDefinition: Registered
  launchType?: sdk.LaunchType | undefined
  capacityProviderStrategy?: sdk.CapacityProviderStrategyItem[] | undefined
  platformVersion?: string | undefined
  networkConfiguration?: sdk.NetworkConfiguration | undefined
  loadBalancers: sdk.LoadBalancer[]
  serviceRegistries: sdk.ServiceRegistry[]
  serviceConnectConfiguration?: sdk.ServiceConnectConfiguration | undefined
  volumeConfigurations?: sdk.ServiceVolumeConfiguration[] | undefined
  vpcLatticeConfigurations?: sdk.VpcLatticeConfiguration[] | undefined
}

/** What UpdateService changes without a new deployment. */
export interface ServiceSettings {
  desiredCount: number
  deploymentConfiguration: sdk.DeploymentConfiguration & {maximumPercent: number; minimumHealthyPercent: number}
  placementConstraints: sdk.PlacementConstraint[]
  placementStrategy: sdk.PlacementStrategy[]
  healthCheckGracePeriodSeconds?: number | undefined
  enableExecuteCommand: boolean
  enableECSManagedTags: boolean
  propagateTags: sdk.PropagateTags
  availabilityZoneRebalancing: sdk.AvailabilityZoneRebalancing
}

/** What a task is made of. */
export type TaskConfiguration = Pick<
  ServiceConfiguration,
  | 'taskDefinition'
  | 'launchType'
  | 'capacityProviderStrategy'
  | 'platformVersion'
  | 'networkConfiguration'
  | 'loadBalancers'
>

export interface Service {
  readonly name: string
  readonly arn: string
  readonly cluster: Cluster
  readonly controller: sdk.DeploymentControllerType
  /** Of a daemon service, the desired count follows the container instances. */
  readonly scheduling: sdk.SchedulingStrategy
  readonly createdAt: number
  readonly createdBy: string
  /** What it goes back to when its capacity provider strategy is taken away. */
  readonly firstLaunchType: sdk.LaunchType
  readonly events: EventLog
  status: 'ACTIVE' | 'DRAINING' | 'INACTIVE'
  settings: ServiceSettings
  configuration: ServiceConfiguration
  /** Newest first, also those that are INACTIVE; a rollback brings an older one back. */
  deployments: Deployment[]
  /** Newest first. */
  serviceDeployments: ServiceDeployment[]
  /** In place of deployments where CodeDeploy or an external controller makes them, newest first. */
  readonly taskSets: TaskSet[]
  /** Whether it has reached a steady state since the last change. */
  isSteady: boolean
}

/** A deployment and its service revision: they share their number. */
export interface Deployment {
  /** The digits of `ecs-svc/…` and of the service revision's ARN. */
  readonly number: string
  readonly revisionArn: string
  readonly configuration: ServiceConfiguration
  /** The load balancers of the configuration, each with the target group that this deployment's tasks are registered in. */
  readonly loadBalancers: readonly sdk.LoadBalancer[]
  readonly createdAt: number
  updatedAt: number
  status: 'PRIMARY' | 'ACTIVE' | 'INACTIVE'
  rolloutState: 'IN_PROGRESS' | 'COMPLETED' | 'FAILED'
  rolloutStateReason: string
  /** How many tasks the scheduler wants of it by now. */
  desiredCount: number
  /** Failed tasks since the last healthy one. */
  failedTasks: number
  /** Tasks in a row that died before RUNNING or could not be placed. */
  failedStarts: number
  /** No new task before this time. */
  restartAt: number
  /** How long the last restart was held back, in milliseconds. */
  restartDelay: number
  /** Whether it has ever been completed: lost tasks of such a one are replaced while it is being rolled out of. */
  wasCompleted: boolean
  /** By container, from the first task that pulled. */
  readonly images: Map<string, sdk.ContainerImage>
  /** Not stopped yet. */
  tasks: ServiceTask[]
}

/** The number as an id, such as `ecs-svc/1675294001379389663`. */
export function deploymentId(deployment: Deployment): string {
  return `ecs-svc/${deployment.number}`
}

/** The history of one rollout. */
export interface ServiceDeployment {
  readonly arn: string
  readonly service: Service
  readonly target: Deployment
  readonly sources: readonly Deployment[]
  /** The service's when it was made. */
  readonly configuration: ServiceSettings['deploymentConfiguration']
  readonly createdAt: number
  /** When lists begin to show it. */
  readonly listedAt: number
  status: sdk.ServiceDeploymentStatus
  statusReason?: string
  startedAt?: number
  finishedAt?: number
  stoppedAt?: number
  updatedAt: number
  circuitBreaker: sdk.ServiceDeploymentCircuitBreaker
  alarms: sdk.ServiceDeploymentAlarms
  /** Of a deployment that shifts traffic; a rolling one has none. */
  readonly progress?: StageProgress
  /** Since when all is in place and only the alarms are still watched. */
  bakingSince?: number
  rollback?: {readonly startedAt: number; readonly to: Deployment}
  /** The tasks of its revisions when it ended; without it, what is shown are those of now. */
  lastCounts?: ReadonlyMap<Deployment, RevisionCounts>
}

/** How far a deployment that shifts traffic has come. */
export interface StageProgress {
  /** The revision that serves production and would take it back; none in a service's first deployment. */
  readonly blue: Deployment | undefined
  /** `undefined` until it has started. */
  stage: Stage | undefined
  /** Since when it is in this stage. */
  since: number
  /** Until when it stays there at least: the end of a bake time. */
  until: number
  /** How many shifts of production traffic were made. */
  shifts: number
  /** The new revision's share of production traffic, in percent. */
  productionWeight: number
  /** The same of test traffic; `undefined` as long as there is none. */
  testWeight: number | undefined
  /** Of the current stage, and in a rollback also of the one that failed. */
  hooks: Hook[]
  /** Of the stages before. */
  pastHooks: Hook[]
  /** Once it is rolled back: the stages that are left, and the one in which it failed. */
  rollback?: {readonly left: Stage[]; readonly from: Stage | undefined}
}

/** A lifecycle hook that was called in a stage. */
export interface Hook {
  readonly id: string
  readonly definition: sdk.DeploymentLifecycleHook
  readonly expiresAt: number
  status: sdk.DeploymentLifecycleHookStatus
  /** Why it failed, in ECS's words. */
  failure?: string
}

export interface Container {
  readonly name: string
  readonly arn: string
  readonly image: string
  readonly definition: Registered['containerDefinitions'][number]
  readonly behaviour: Behaviour
  /** What is run; without it, the container is played by its behaviour. */
  real?: RuntimeContainer
  /** Whether its start was asked for. */
  isStarting: boolean
  lastStatus: 'PENDING' | 'RUNNING' | 'STOPPED'
  healthStatus: sdk.HealthStatus
  imageDigest?: string
  runtimeId?: string
  exitCode?: number
  reason?: string
}

/** A target of a task in one of its service's target groups. */
export interface TaskTarget {
  readonly groupArn: string
  readonly target: Target
  state: 'initial' | 'healthy' | 'unhealthy' | 'draining'
  checks: TargetChecks
  /** Why it is unhealthy, in the words of the service event. */
  reason?: string
}

export interface Task {
  readonly id: string
  readonly arn: string
  readonly cluster: Cluster
  readonly configuration: TaskConfiguration
  readonly group: string
  readonly startedBy?: string | undefined
  readonly enableExecuteCommand: boolean
  readonly overrides?: sdk.TaskOverride | undefined
  /** The images that its containers are pinned to, by container: its deployment's. */
  readonly images: Map<string, sdk.ContainerImage>
  readonly containers: readonly Container[]
  readonly availabilityZone: string
  readonly address: string
  readonly createdAt: number
  /** Where it was placed, of the instances that were added. */
  instance?: ContainerInstance | undefined
  lastStatus:
    'PROVISIONING' | 'PENDING' | 'ACTIVATING' | 'RUNNING' | 'DEACTIVATING' | 'STOPPING' | 'DEPROVISIONING' | 'STOPPED'
  desiredStatus: 'RUNNING' | 'STOPPED'
  targets: TaskTarget[]
  /** All of its containers were started. */
  isStarted: boolean
  /** Has run long enough to count as healthy when nothing checks it. */
  isStable: boolean
  /** The scheduler has seen it healthy. */
  wasHealthy: boolean
  stopCode?: sdk.TaskStopCode
  stoppedReason?: string
  connectivityAt?: number
  pullStartedAt?: number
  pullStoppedAt?: number
  startedAt?: number
  stoppingAt?: number
  executionStoppedAt?: number
  stoppedAt?: number
  /** Counts up with each change. */
  version: number
  /** Each takes back something that is still to happen to it. */
  readonly timers: Set<() => void>
  /** Its containers that run for real, if any do. */
  runtime?: RuntimeTask
}

/** A task that the scheduler runs for a service. */
export interface ServiceTask extends Task {
  readonly service: Service
  readonly deployment: Deployment
}

/** Whether a task belongs to a service, or was started by RunTask. */
export function isServiceTask(task: Task): task is ServiceTask {
  return 'service' in task
}

/** The deployment that a service is to run. */
export function primaryOf(service: Service): Deployment | undefined {
  return service.deployments.find(deployment => deployment.status === 'PRIMARY')
}

/** The deployments that are being replaced, newest first. */
export function sourcesOf(service: Service): readonly Deployment[] {
  return service.deployments.filter(deployment => deployment.status === 'ACTIVE')
}

/** What a service runs: the deployment that it is to run first, then those that are being replaced, newest first. */
export function revisionsOf(service: Service): readonly Deployment[] {
  const primary = primaryOf(service)
  return [...(primary === undefined ? [] : [primary]), ...sourcesOf(service)]
}

/** Whether a task counts as running. */
export function isRunningTask(task: Task): boolean {
  return task.lastStatus === 'RUNNING'
}

/** Whether a task counts as pending: on its way to RUNNING (ECS is seen to count all of these states). */
export function isPendingTask(task: Task): boolean {
  return ['PROVISIONING', 'PENDING', 'ACTIVATING'].includes(task.lastStatus)
}

/** A time in milliseconds as the answers have it. */
export function date(time: number | undefined): Date | undefined {
  return time === undefined ? undefined : new Date(time)
}
