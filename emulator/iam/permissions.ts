import type * as logs from '@aws-sdk/client-cloudwatch-logs'
import type * as ecr from '@aws-sdk/client-ecr'
import type * as ecs from '@aws-sdk/client-ecs'
import type * as secretsManager from '@aws-sdk/client-secrets-manager'
import type * as sts from '@aws-sdk/client-sts'
import {codeDeployRules} from '../codedeploy/permissions.ts'
import {ecsArn, lastPart} from '../ecs/arns.ts'
import {arnOf} from '../ecr/repository.ts'
import type {Call} from '../service.ts'
import type {Permission} from './policy.ts'

/** What AWS is not known to do in one way only. */
export interface IamBehaviour {
  /**
   * What RegisterTaskDefinition and ListTasks are about in a refusal: `*`, as most name it, or a family's revisions
   * (`task-definition/web:*`) and the container instances of the cluster.
   */
  resources: 'any' | 'specific'
  /** Whether UpdateService asks, as RegisterTaskDefinition does, if the roles of the tasks may be passed. */
  updatePassesRoles: boolean
}

/** A request, as far as it matters for what it needs. */
export interface AuthorizedRequest {
  readonly service: string
  readonly input: object
  readonly call: Pick<Call, 'operation' | 'region' | 'caller'>
}

/** What a permission may depend on beside the request. */
export interface Surroundings {
  readonly behaviour: Readonly<IamBehaviour>
  /** The roles in a task definition, by `family`, `family:revision` or ARN. */
  readonly rolesOf: (taskDefinition: string) => readonly string[]
  /** The group of a CodeDeploy deployment, as `application/group`. */
  readonly deploymentGroupOf: (deploymentId: string) => string | undefined
  /** The deployment configuration of a deployment group, which is named as `application/group`. */
  readonly deploymentConfigOf: (group: string) => string | undefined
}

/** Where a request arrives. */
export interface Place extends Surroundings {
  readonly region: string
  readonly account: string
}

/** A permission of the operation itself, which needs not say its action, or of another one. */
export interface Needed {
  readonly action?: string
  readonly resource: string
  readonly context?: Permission['context']
}

/** Each takes the type of the request that its operation has. */
export type Rule = (input: never, place: Place) => readonly Needed[]

/**
 * What an operation needs.
 * @throws Error for an operation that the table below does not have
 */
export function permissionsOf({service, input, call}: AuthorizedRequest, surroundings: Surroundings): Permission[] {
  const {operation, region, caller} = call
  const rule = rules[service]?.[operation]
  if (rule === undefined) throw new Error(`No word about what ${service}:${operation} needs.`)
  return rule(input as never, {...surroundings, region, account: caller.account}).map(
    ({action, resource, context}) => ({
      action: action ?? `${service}:${operation}`,
      resource,
      context: {'aws:RequestedRegion': region, ...context}
    })
  )
}

/** Operations that know no resources. */
const anything: Rule = () => [{resource: '*'}]
const nothing: Rule = () => []

/**
 * What every operation of the emulator needs, by service. Sources: refusals that were observed; for service deployments
 * "Permissions required for viewing Amazon ECS service deployments"; for the rest, what the request names.
 */
export const rules: Readonly<Record<string, Readonly<Record<string, Rule>>>> = {
  ecs: {
    CreateCluster: anything,
    DescribeClusters: ({clusters = ['default']}: ecs.DescribeClustersRequest, place) =>
      clusters.map(cluster => ({resource: clusterArn(cluster, place)})),
    ListClusters: anything,
    DeleteCluster: ({cluster = ''}: ecs.DeleteClusterRequest, place) => [{resource: clusterArn(cluster, place)}],
    ListContainerInstances: ({cluster = 'default'}: ecs.ListContainerInstancesRequest, place) => [
      {resource: clusterArn(cluster, place)}
    ],
    DescribeContainerInstances: ({cluster, containerInstances = []}: ecs.DescribeContainerInstancesRequest, place) =>
      containerInstances.map(instance => inCluster('container-instance', cluster, instance, place)),
    CreateCapacityProvider: ({name = ''}: ecs.CreateCapacityProviderRequest, place) => [
      {resource: ecsArn(place, `capacity-provider/${name}`)}
    ],
    DescribeCapacityProviders: ({capacityProviders = ['*']}: ecs.DescribeCapacityProvidersRequest, place) =>
      capacityProviders.map(name => ({resource: ecsArn(place, `capacity-provider/${lastPart(name)}`)})),
    RegisterTaskDefinition: registerTaskDefinition,
    DescribeTaskDefinition: anything,
    DeregisterTaskDefinition: anything,
    ListTaskDefinitions: anything,
    ListTaskDefinitionFamilies: anything,
    CreateService: ({cluster, serviceName}: ecs.CreateServiceRequest, place) => [
      inService(cluster, serviceName, place)
    ],
    UpdateService: updateService,
    DeleteService: ofService,
    DescribeServices: ({cluster, services = []}: ecs.DescribeServicesRequest, place) =>
      services.map(service => inService(cluster, service, place)),
    ListServices: ({cluster}: ecs.ListServicesRequest, place) => [{resource: '*', context: clusterKey(cluster, place)}],
    ListTasks: listTasks,
    RunTask: runTask,
    DescribeTasks: ({cluster, tasks = []}: ecs.DescribeTasksRequest, place) =>
      tasks.map(task => inCluster('task', cluster, task, place)),
    StopTask: ({cluster, task}: ecs.StopTaskRequest, place) => [inCluster('task', cluster, task, place)],
    ListServiceDeployments: ofService,
    DescribeServiceDeployments: ({serviceDeploymentArns = []}: ecs.DescribeServiceDeploymentsRequest) =>
      serviceDeploymentArns.map(resource => ({resource})),
    DescribeServiceRevisions: ({serviceRevisionArns = []}: ecs.DescribeServiceRevisionsRequest) =>
      serviceRevisionArns.map(resource => ({resource})),
    StopServiceDeployment: ({serviceDeploymentArn = ''}: ecs.StopServiceDeploymentRequest) => [
      {resource: serviceDeploymentArn}
    ],
    ContinueServiceDeployment: ({serviceDeploymentArn = ''}: ecs.ContinueServiceDeploymentRequest) => [
      {resource: serviceDeploymentArn}
    ],
    CreateTaskSet: ofService,
    DescribeTaskSets: ofService,
    UpdateTaskSet: ofService,
    DeleteTaskSet: ofService,
    UpdateServicePrimaryTaskSet: ofService,
    TagResource: ({resourceArn = ''}: ecs.TagResourceRequest) => [{resource: resourceArn}],
    ListTagsForResource: ({resourceArn = ''}: ecs.ListTagsForResourceRequest) => [{resource: resourceArn}]
  },
  codedeploy: codeDeployRules,
  ecr: {
    GetAuthorizationToken: anything,
    CreateRepository: ofRepository,
    DescribeRepositories: ({repositoryNames = ['*'], registryId}: ecr.DescribeRepositoriesRequest, place) =>
      repositoryNames.flatMap(repositoryName => ofRepository({repositoryName, registryId}, place)),
    PutImageTagMutability: ofRepository,
    BatchGetImage: ofRepository,
    DescribeImages: ofRepository,
    ListImages: ofRepository,
    PutImage: ofRepository,
    BatchDeleteImage: ofRepository,
    BatchCheckLayerAvailability: ofRepository,
    GetDownloadUrlForLayer: ofRepository,
    // Of the registry only; the emulator does not play them in the API.
    InitiateLayerUpload: ofRepository,
    UploadLayerPart: ofRepository,
    CompleteLayerUpload: ofRepository
  },
  sts: {
    GetCallerIdentity: nothing,
    AssumeRole: ({RoleArn = ''}: sts.AssumeRoleRequest) => [{resource: RoleArn}],
    // The caller is nobody yet: the role's trust policy alone decides.
    AssumeRoleWithWebIdentity: nothing
  },
  elasticloadbalancing: {
    DescribeTargetGroups: anything,
    DescribeTargetGroupAttributes: anything,
    DescribeTargetHealth: anything,
    DescribeRules: anything
  },
  logs: {
    GetLogEvents: ofLogStream,
    DescribeLogStreams: ofLogStream,
    FilterLogEvents: ofLogStream
  },
  secretsmanager: {
    DescribeSecret: ({SecretId = ''}: secretsManager.DescribeSecretRequest, {region, account}) => {
      const isArn = SecretId.startsWith('arn:')
      return [{resource: isArn ? SecretId : `arn:aws:secretsmanager:${region}:${account}:secret:${SecretId}`}]
    }
  },
  ssm: {
    // As refusals name it.
    DescribeParameters: (_, {region, account}) => [{resource: `arn:aws:ssm:${region}:${account}:*`}]
  }
}

function clusterArn(cluster: string, place: Place): string {
  return cluster.startsWith('arn:') ? cluster : ecsArn(place, `cluster/${cluster}`)
}

function clusterKey(cluster = 'default', place: Place): Permission['context'] {
  return {'ecs:cluster': clusterArn(cluster, place)}
}

/** Something in a cluster by name, id or ARN. An ARN without the cluster beside it has the cluster's name in it. */
function inCluster(kind: string, cluster: string | undefined, reference = '', place: Place): Needed {
  const [, named] = new RegExp(`:${kind}/([^/]+)/`).exec(reference) ?? []
  const container = cluster ?? named ?? 'default'
  const resource = reference.startsWith('arn:')
    ? reference
    : ecsArn(place, `${kind}/${lastPart(container)}/${reference}`)
  return {resource, context: clusterKey(container, place)}
}

function inService(cluster: string | undefined, service: string | undefined, place: Place): Needed {
  return inCluster('service', cluster, service, place)
}

function ofService(
  {cluster, service}: {cluster?: string | undefined; service: string | undefined},
  place: Place
): readonly Needed[] {
  return [inService(cluster, service, place)]
}

function registerTaskDefinition(input: ecs.RegisterTaskDefinitionRequest, place: Place): readonly Needed[] {
  const {family = '', taskRoleArn, executionRoleArn, tags = []} = input
  const revisions = ecsArn(place, `task-definition/${family}:*`)
  return [
    {resource: place.behaviour.resources === 'any' ? '*' : revisions},
    ...passRoles([taskRoleArn, executionRoleArn], place),
    ...(tags.length > 0
      ? [{action: 'ecs:TagResource', resource: revisions, context: {'ecs:CreateAction': 'RegisterTaskDefinition'}}]
      : [])
  ]
}

function updateService(input: ecs.UpdateServiceRequest, place: Place): readonly Needed[] {
  const {taskDefinition} = input
  const isAsked = place.behaviour.updatePassesRoles && taskDefinition !== undefined
  return [...ofService(input, place), ...(isAsked ? passRoles(place.rolesOf(taskDefinition), place) : [])]
}

/** A family without a revision stands as it is: not confirmed. */
function runTask(input: ecs.RunTaskRequest, place: Place): readonly Needed[] {
  const {cluster, taskDefinition = '', overrides: {taskRoleArn, executionRoleArn} = {}} = input
  const resource = taskDefinition.startsWith('arn:')
    ? taskDefinition
    : ecsArn(place, `task-definition/${taskDefinition}`)
  return [
    {resource, context: clusterKey(cluster, place)},
    ...passRoles([...place.rolesOf(taskDefinition), taskRoleArn, executionRoleArn], place)
  ]
}

/** Roles are named by their ARN, those of the account also by their name. */
function passRoles(roles: readonly (string | undefined)[], {account}: Place): Needed[] {
  const named = roles.filter((role): role is string => role !== undefined && role !== '')
  return named.map(role => ({
    action: 'iam:PassRole',
    resource: role.startsWith('arn:') ? role : `arn:aws:iam::${account}:role/${role}`,
    context: {'iam:PassedToService': 'ecs-tasks.amazonaws.com'}
  }))
}

function listTasks({cluster, containerInstance}: ecs.ListTasksRequest, place: Place): readonly Needed[] {
  const instances = inCluster('container-instance', cluster, containerInstance ?? '*', place)
  const isAny = containerInstance === undefined && place.behaviour.resources === 'any'
  return [isAny ? {...instances, resource: '*'} : instances]
}

function ofRepository(
  {registryId, repositoryName = ''}: {registryId?: string | undefined; repositoryName: string | undefined},
  {account, region}: Place
): readonly Needed[] {
  return [{resource: arnOf({account: registryId ?? account, region, name: repositoryName})}]
}

/** Requests about all streams of a group name none after the colon: observed, not documented. */
function ofLogStream(
  input: Pick<logs.GetLogEventsRequest, 'logGroupName' | 'logGroupIdentifier'> & {logStreamName?: string | undefined},
  {account, region}: Place
): readonly Needed[] {
  const {logGroupName, logGroupIdentifier = '', logStreamName = ''} = input
  const group =
    logGroupName === undefined && logGroupIdentifier.startsWith('arn:')
      ? logGroupIdentifier.replace(/:\*$/, '')
      : `arn:aws:logs:${region}:${account}:log-group:${logGroupName ?? logGroupIdentifier}`
  return [{resource: `${group}:log-stream:${logStreamName}`}]
}
