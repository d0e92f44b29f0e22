import {
  type Attribute,
  type CapacityProvider,
  type ContainerInstance,
  DescribeCapacityProvidersCommand,
  DescribeContainerInstancesCommand,
  DescribeTaskDefinitionCommand,
  ListContainerInstancesCommand,
  type Service,
  type Task
} from '@aws-sdk/client-ecs'
import {ifAllowed, tellOnce} from '../../aws/allowed.ts'
import {lastPart} from '../../aws/arn.ts'
import type {Aws} from '../../aws/clients.ts'
import {describeTasks, listTasks} from '../../aws/tasks.ts'
import {chunksOf} from '../../workflow/chunks.ts'
import type {World} from '../../world.ts'
import {isOnFargate} from '../definition/parts.ts'

/** What a service's tasks run on, as ECS describes it. */
export interface Capacity {
  /** The ACTIVE container instances of the cluster. */
  readonly instances: readonly ContainerInstance[]
  /** The capacity providers of the service's strategy, all with Auto Scaling groups; none for a launch type. */
  readonly providers: readonly CapacityProvider[]
  /** The service's own tasks that are to run. */
  readonly tasks: readonly Task[]
  /** What ECS asks of instances for the revision that the service runs. */
  readonly requiresAttributes: readonly Attribute[]
}

/** What is read with. */
type Reader = Pick<Aws, 'ecs'>

/** ListContainerInstances gives a hundred a page, and DescribeContainerInstances takes as many a call. */
const INSTANCES_A_CALL = 100
/** Reading more would take longer than looking before the build may. */
const MOST_INSTANCES = 1000

/**
 * Reads where the tasks of a service that runs on container instances are and may go.
 * @returns `undefined` for other services, for daemons, whose count follows the instances, for capacity providers that start
 *   instances to measure (Managed Instances), and where something may not be read
 * @throws what the SDK throws
 */
export async function gatherCapacity(service: Service, aws: Reader, world: World): Promise<Capacity | undefined> {
  if (!isOnInstances(service)) return undefined
  const clusterArn = service.clusterArn ?? ''
  const [providers, instances, tasks, requiresAttributes = []] = await Promise.all([
    readProviders(service, clusterArn, aws, world),
    readInstances(clusterArn, aws, world),
    readTasks(service, clusterArn, aws, world),
    readAttributes(service, aws, world)
  ])
  if (providers === undefined || instances === undefined || tasks === undefined) return undefined
  if (providers.some(({autoScalingGroupProvider}) => autoScalingGroupProvider === undefined)) return undefined
  return {instances, providers, tasks, requiresAttributes}
}

function isOnInstances(service: Service): boolean {
  const {launchType, capacityProviderStrategy = [], schedulingStrategy} = service
  const isPlaced = launchType === 'EC2' || launchType === 'EXTERNAL' || capacityProviderStrategy.length > 0
  return isPlaced && schedulingStrategy !== 'DAEMON' && !isOnFargate(service)
}

async function readProviders(
  {capacityProviderStrategy = []}: Service,
  cluster: string,
  {ecs}: Reader,
  {log, signal}: World
): Promise<CapacityProvider[] | undefined> {
  const capacityProviders = capacityProviderStrategy.flatMap(({capacityProvider}) => capacityProvider ?? [])
  if (capacityProviders.length === 0) return []
  const command = new DescribeCapacityProvidersCommand({capacityProviders, cluster})
  const read = () => ecs.send(command, {abortSignal: signal})
  return (await ifAllowed(log, 'ecs:DescribeCapacityProviders', read))?.capacityProviders
}

async function readInstances(cluster: string, {ecs}: Reader, world: World): Promise<ContainerInstance[] | undefined> {
  const arns = await listInstances(cluster, ecs, world)
  if (arns === undefined) return undefined
  const described = chunksOf(arns, INSTANCES_A_CALL).map(containerInstances => {
    const command = new DescribeContainerInstancesCommand({cluster, containerInstances})
    const read = () => ecs.send(command, {abortSignal: world.signal})
    return ifAllowed(world.log, 'ecs:DescribeContainerInstances', read)
  })
  const answers = await Promise.all(described)
  return answers.includes(undefined) ? undefined : answers.flatMap(answer => answer?.containerInstances ?? [])
}

async function listInstances(cluster: string, ecs: Aws['ecs'], {log, signal}: World): Promise<string[] | undefined> {
  const arns: string[] = []
  let nextToken: string | undefined
  do {
    const command = new ListContainerInstancesCommand({cluster, status: 'ACTIVE', nextToken})
    const read = () => ecs.send(command, {abortSignal: signal})
    const answer = await ifAllowed(log, 'ecs:ListContainerInstances', read)
    if (answer === undefined) return undefined
    arns.push(...(answer.containerInstanceArns ?? []))
    nextToken = answer.nextToken
  } while (nextToken !== undefined && arns.length <= MOST_INSTANCES)
  if (arns.length <= MOST_INSTANCES) return arns
  tellOnce(log, `capacity not checked: ${lastPart(cluster)} has more than ${MOST_INSTANCES} container instances`)
  return undefined
}

async function readTasks(
  {serviceName: name = ''}: Service,
  clusterArn: string,
  {ecs}: Reader,
  {log, signal}: World
): Promise<Task[] | undefined> {
  const reader = {ecs, ifAllowed: <T>(action: string, call: () => Promise<T>) => ifAllowed(log, action, call)}
  const arns = await listTasks({name, clusterArn}, 'RUNNING', reader, signal)
  return arns && describeTasks(clusterArn, arns, reader, signal)
}

async function readAttributes(
  {taskDefinition}: Service,
  {ecs}: Reader,
  {log, signal}: World
): Promise<Attribute[] | undefined> {
  const command = new DescribeTaskDefinitionCommand({taskDefinition})
  const read = () => ecs.send(command, {abortSignal: signal})
  return (await ifAllowed(log, 'ecs:DescribeTaskDefinition', read))?.taskDefinition?.requiresAttributes
}
