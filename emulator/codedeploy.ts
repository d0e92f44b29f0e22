import type {EmulatorClock} from './clock.ts'
import type {Ecs} from './ecs.ts'
import {applicationOperations} from './codedeploy/application-operations.ts'
import {DeploymentConfigs} from './codedeploy/configs.ts'
import {deploymentOperations} from './codedeploy/deployment-operations.ts'
import {findDeployment} from './codedeploy/find.ts'
import {type LambdaBehaviour, lambdaBehaviour, Lambdas} from './codedeploy/lambdas.ts'
import {createCodeDeployIds} from './codedeploy/ids.ts'
import {DeploymentRuns} from './codedeploy/runs.ts'
import {type CodeDeployTiming, observedTiming} from './codedeploy/timing.ts'
import {type CodeDeployVariants, likelyVariants} from './codedeploy/variants.ts'
import type {CodeDeployWorld} from './codedeploy/world.ts'
import {seededRandom} from './ids.ts'
import {inEachRegion, perRegion} from './regions.ts'
import {AwsError, type AwsService, type Operation, type Operations} from './service.ts'
import type {TargetGroups} from './target-groups.ts'

/** What CodeDeploy is made with. */
export interface CodeDeployOptions {
  readonly clock: EmulatorClock
  readonly region: string
  /** Whose services it deploys. */
  readonly ecs: Pick<Ecs, 'taskSets' | 'alarms'>
  readonly targetGroups: TargetGroups
  /** Numbers from 0 up to, not including, 1, of which ids are made; by default the same ones each time. */
  readonly random?: () => number
  /** Durations that differ from those observed. */
  readonly timing?: Partial<CodeDeployTiming>
}

/** AWS CodeDeploy, as far as it deploys ECS services. */
export interface CodeDeploy {
  readonly service: AwsService
  /** What it does where AWS is not known, or not always seen alike; may be changed at any time. */
  readonly variants: CodeDeployVariants
  /** Sets what a Lambda function does as a hook; one that nobody set succeeds. */
  setLambda(name: string, behaviour: LambdaBehaviour): void
  /** The group of a deployment as `application/group`, `undefined` for one that is not there; of the region that it is made with. */
  deploymentGroupOf(deploymentId: string): string | undefined
  /** The name of a group's deployment configuration; the group is named as `application/group`. */
  deploymentConfigOf(group: string): string | undefined
  /** The same for the control API: each takes the request's JSON. @throws TypeError for what it cannot use */
  readonly control: Readonly<Record<string, (body: unknown) => unknown>>
}

/** Makes a CodeDeploy without applications. Every region has its own. */
export function createCodeDeploy(options: CodeDeployOptions): CodeDeploy {
  const variants = {...likelyVariants}
  const lambdas = new Lambdas()
  const regionOf = perRegion(region => createRegion(worldOf(options, region, {variants, lambdas})))
  const home = regionOf(options.region)
  const setLambda = (name: string, behaviour: LambdaBehaviour): void => {
    lambdas.set(name, behaviour)
  }
  return {
    service: {
      name: 'codedeploy',
      protocol: {kind: 'json', targetPrefix: 'CodeDeploy_20141006', contentType: 'application/x-amz-json-1.1'},
      operations: forSubscribers(
        inEachRegion(home.operations, region => regionOf(region).operations),
        variants
      )
    },
    variants,
    setLambda,
    deploymentGroupOf: id => {
      const group = findDeployment(home.world, id)?.group
      return group && `${group.application.name}/${group.name}`
    },
    deploymentConfigOf: named => {
      const [application = '', group = ''] = named.split('/')
      return home.world.applications.get(application)?.groups.get(group)?.config.name
    },
    control: {
      lambda: body => {
        const {name, behaviour} = lambdaBehaviour(body)
        setLambda(name, behaviour)
      }
    }
  }
}

function worldOf(
  {clock, ecs, targetGroups, random = seededRandom(1), timing}: CodeDeployOptions,
  region: string,
  steered: Pick<CodeDeployWorld, 'variants' | 'lambdas'>
): CodeDeployWorld {
  return {
    clock,
    targetGroups,
    ...steered,
    timing: {...observedTiming, ...timing},
    ids: createCodeDeployIds(random),
    applications: new Map(),
    configs: new DeploymentConfigs(),
    alarms: ecs.alarms,
    taskSets: ecs.taskSets(region)
  }
}

function createRegion(world: CodeDeployWorld): {world: CodeDeployWorld; operations: Operations} {
  const runs = new DeploymentRuns(world)
  return {world, operations: {...applicationOperations(world), ...deploymentOperations(world, runs)}}
}

/** Refuses everything where the account has no subscription. */
function forSubscribers(operations: Operations, variants: CodeDeployVariants): Operations {
  const guarded = ({handle, ...operation}: Operation): Operation => ({
    ...operation,
    handle: (input, call) => {
      if (variants.isSubscribed) return handle(input, call)
      throw new AwsError('SubscriptionRequiredException', 'The AWS Access Key Id needs a subscription for the service')
    }
  })
  return Object.fromEntries(Object.entries(operations).map(([name, operation]) => [name, guarded(operation)]))
}
