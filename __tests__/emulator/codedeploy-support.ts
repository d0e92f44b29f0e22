import {
  CodeDeployClient,
  ContinueDeploymentCommand,
  CreateApplicationCommand,
  CreateDeploymentCommand,
  CreateDeploymentGroupCommand,
  type CreateDeploymentGroupInput,
  type CreateDeploymentInput,
  type DeploymentInfo,
  type DeploymentWaitType,
  type ECSTarget,
  GetDeploymentCommand,
  GetDeploymentTargetCommand,
  StopDeploymentCommand
} from '@aws-sdk/client-codedeploy'
import {type BlueGreenLoadBalancer, createBlueGreenLoadBalancer} from '../../emulator/blue-green-load-balancer.ts'
import {type CodeDeploy, type CodeDeployOptions, createCodeDeploy} from '../../emulator/codedeploy.ts'
import {codeDeployLoadBalancer, deploymentGroupFor} from '../../emulator/codedeploy/seed.ts'
import {staticCredentials} from '../../emulator/server.ts'
import {EcsStage, region} from './ecs-support.ts'

export const application = 'AppECS-prod-web'
export const group = 'DgpECS-prod-web'

/** The service `web`, which CodeDeploy deploys, behind a load balancer; reached over HTTP with the real client. */
export class CodeDeployStage {
  readonly ecs: EcsStage
  readonly codeDeploy: CodeDeploy
  readonly client: CodeDeployClient
  readonly balancer: BlueGreenLoadBalancer

  private constructor(ecs: EcsStage, options: Partial<CodeDeployOptions>) {
    const {clock, emulator} = ecs
    const {targetGroups} = emulator
    this.ecs = ecs
    this.codeDeploy = createCodeDeploy({clock, region, ecs: ecs.ecs, targetGroups, ...options})
    emulator.add(this.codeDeploy.service)
    for (const [name, operation] of Object.entries(this.codeDeploy.control)) emulator.controls.set(name, operation)
    this.client = new CodeDeployClient({
      region,
      endpoint: emulator.url,
      credentials: staticCredentials,
      maxAttempts: 1
    })
    this.balancer = createBlueGreenLoadBalancer(targetGroups, 'shop', {
      containerName: 'app',
      containerPort: 8080,
      deregistrationDelaySeconds: 30
    })
  }

  /** Opens a stage whose service has come to rest with two tasks of `web:1`. */
  static async open(
    more: Partial<CreateDeploymentGroupInput> = {},
    options: Partial<CodeDeployOptions> = {}
  ): Promise<CodeDeployStage> {
    const stage = new CodeDeployStage(await EcsStage.open(), options)
    await stage.ecs.create(await stage.ecs.define('ok'), {
      deploymentController: {type: 'CODE_DEPLOY'},
      loadBalancers: [codeDeployLoadBalancer(stage.balancer)]
    })
    stage.ecs.pass(300)
    await stage.client.send(new CreateApplicationCommand({applicationName: application, computePlatform: 'ECS'}))
    const deployed = {cluster: 'prod', service: 'web', balancer: stage.balancer}
    await stage.client.send(new CreateDeploymentGroupCommand(deploymentGroupFor(deployed, more)))
    return stage
  }

  /** Ends the stage. @throws Error when the emulator answered what AWS cannot */
  async close(): Promise<void> {
    this.client.destroy()
    await this.ecs.close()
  }

  /** Deploys this revision; the answer is the deployment's id. */
  async deploy(taskDefinition: string, more: Partial<CreateDeploymentInput> = {}, hooks: object = {}): Promise<string> {
    this.ecs.since = this.ecs.clock.now()
    const {deploymentId} = await this.client.send(
      new CreateDeploymentCommand({
        applicationName: application,
        deploymentGroupName: group,
        revision: {revisionType: 'AppSpecContent', appSpecContent: {content: appSpec(taskDefinition, hooks)}},
        ...more
      })
    )
    return deploymentId ?? ''
  }

  async deployment(deploymentId: string): Promise<DeploymentInfo> {
    const {deploymentInfo = {}} = await this.client.send(new GetDeploymentCommand({deploymentId}))
    return deploymentInfo
  }

  async target(deploymentId: string): Promise<ECSTarget> {
    const {deploymentTarget} = await this.client.send(
      new GetDeploymentTargetCommand({deploymentId, targetId: 'prod:web'})
    )
    return deploymentTarget?.ecsTarget ?? {}
  }

  /** The lifecycle events, each with the first letter of its status, such as `Install S`. */
  async events(deploymentId: string): Promise<string[]> {
    const {lifecycleEvents = []} = await this.target(deploymentId)
    return lifecycleEvents.map(({lifecycleEventName = '', status = 'Unknown'}) => `${lifecycleEventName} ${status}`)
  }

  /** The task sets of the service, as `STATUS web:n scale% running/desired STABILITY`. */
  async taskSets(): Promise<string[]> {
    const {taskSets = []} = await this.ecs.service()
    return taskSets.map(set =>
      [
        set.status,
        set.taskDefinition?.split('/')[1],
        `${set.scale?.value ?? ''}%`,
        `${set.runningCount ?? ''}/${set.computedDesiredCount ?? ''}`,
        set.stabilityStatus
      ].join(' ')
    )
  }

  /** What the production and the test listener send to blue and to green, in percent. */
  get weights(): {production: string; test: string} {
    const {blue, green, production, test} = this.balancer
    const told = (rule: typeof production): string =>
      [blue, green]
        .map(({arn}) => rule.forwards.find(({targetGroupArn}) => targetGroupArn === arn)?.weight ?? 0)
        .join('/')
    return {production: told(production), test: told(test)}
  }

  async stop(deploymentId: string, autoRollbackEnabled?: boolean): Promise<void> {
    await this.client.send(new StopDeploymentCommand({deploymentId, autoRollbackEnabled}))
  }

  async continue(deploymentId: string, deploymentWaitType: DeploymentWaitType): Promise<void> {
    await this.client.send(new ContinueDeploymentCommand({deploymentId, deploymentWaitType}))
  }
}

/** An AppSpec file in JSON. @param hooks Lambda functions by lifecycle event */
export function appSpec(taskDefinition: string, hooks: object = {}): string {
  return JSON.stringify({
    version: 0.0,
    Resources: [
      {
        TargetService: {
          Type: 'AWS::ECS::Service',
          Properties: {TaskDefinition: taskDefinition, LoadBalancerInfo: {ContainerName: 'app', ContainerPort: 8080}}
        }
      }
    ],
    Hooks: Object.entries(hooks).map(([event, lambda]) => ({[event]: String(lambda)}))
  })
}

/** All eight lifecycle events with a test listener, each with its status; the last one given is that of the others, too. */
export function lifecycle(...statuses: string[]): string[] {
  return [
    'BeforeInstall',
    'Install',
    'AfterInstall',
    'AllowTestTraffic',
    'AfterAllowTestTraffic',
    'BeforeAllowTraffic',
    'AllowTraffic',
    'AfterAllowTraffic'
  ].map((name, index) => `${name} ${statuses[index] ?? statuses.at(-1) ?? ''}`)
}
