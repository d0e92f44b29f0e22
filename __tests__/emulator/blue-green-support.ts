import {
  ContinueServiceDeploymentCommand,
  type CreateServiceRequest,
  type DeploymentConfiguration,
  type DeploymentLifecycleHookAction,
  DescribeServiceRevisionsCommand,
  type ServiceDeployment,
  StopServiceDeploymentCommand
} from '@aws-sdk/client-ecs'
import {type BlueGreenLoadBalancer, createBlueGreenLoadBalancer} from '../../emulator/blue-green-load-balancer.ts'
import {EcsStage} from './ecs-support.ts'

/** A service `web` behind a load balancer with two target groups, and what its deployments go through. */
export class BlueGreenStage {
  readonly aws: EcsStage
  readonly load: BlueGreenLoadBalancer

  private constructor(aws: EcsStage) {
    this.aws = aws
    this.load = createBlueGreenLoadBalancer(aws.emulator.targetGroups, 'web', {
      containerName: 'app',
      containerPort: 8080,
      deregistrationDelaySeconds: 30
    })
  }

  static async open(): Promise<BlueGreenStage> {
    return new BlueGreenStage(await EcsStage.open())
  }

  /** A service that has run `web:ok` for an hour; its deployments are of this configuration. */
  async steady(deploymentConfiguration: DeploymentConfiguration, more: Partial<CreateServiceRequest> = {}) {
    const {lifecycleHooks, ...first} = deploymentConfiguration
    await this.aws.create(await this.aws.define('ok'), {
      loadBalancers: this.load.loadBalancers,
      deploymentConfiguration: first,
      ...more
    })
    this.aws.pass(3 * 3600)
    if (lifecycleHooks !== undefined) await this.aws.update({deploymentConfiguration: {lifecycleHooks}})
  }

  /** Deploys the next revision; its image has this tag. */
  async deploy(tag = 'next'): Promise<void> {
    await this.aws.update({taskDefinition: await this.aws.define(tag)})
  }

  async newest(): Promise<ServiceDeployment> {
    return (await this.aws.serviceDeployments())[0] ?? {}
  }

  /** Where it is: status, stage, the new revision's shares of production and test traffic, the old one's. */
  async where(): Promise<string> {
    const {status, lifecycleStage, targetServiceRevision, sourceServiceRevisions} = await this.newest()
    const shares = [targetServiceRevision, ...(sourceServiceRevisions ?? [])].map(
      revision => `${revision?.requestedProductionTrafficWeight ?? '-'}/${revision?.requestedTestTrafficWeight ?? '-'}`
    )
    return [status, lifecycleStage ?? '-', ...shares].join(' ')
  }

  /** All that it went through, looked at every five seconds, at most for so long; each with its seconds since the update. */
  async course(seconds: number): Promise<string[]> {
    const seen: string[] = []
    for (let passed = 0; passed < seconds; passed += 5) {
      this.aws.pass(5)
      const where = await this.where()
      if (!(seen.at(-1) ?? '').endsWith(` ${where}`)) seen.push(`${passed + 5} ${where}`)
    }
    return seen
  }

  /** Lets time pass until it is in this stage. @throws Error when it does not get there within two days */
  async reach(stage: string): Promise<ServiceDeployment> {
    for (let passed = 0; passed < 2 * 86_400; passed += 5) {
      this.aws.pass(5)
      const deployment = await this.newest()
      if (deployment.lifecycleStage === stage) return deployment
    }
    throw new Error(`It was not ${stage} within two days, but ${await this.where()}.`)
  }

  async answerPause(action?: DeploymentLifecycleHookAction): Promise<void> {
    const {serviceDeploymentArn, lifecycleHookDetails} = await this.newest()
    const hookId = lifecycleHookDetails?.find(({status}) => status === 'AWAITING_ACTION')?.hookId
    await this.aws.client.send(new ContinueServiceDeploymentCommand({serviceDeploymentArn, hookId, action}))
  }

  async stop(): Promise<void> {
    const {serviceDeploymentArn} = await this.newest()
    await this.aws.client.send(new StopServiceDeploymentCommand({serviceDeploymentArn, stopType: 'ROLLBACK'}))
  }

  /** The weights of the production and the test rule, blue target group first, such as `100:0 0:100`. */
  rules(): string {
    return [this.load.production, this.load.test]
      .map(({forwards}) => forwards.map(({weight}) => weight).join(':'))
      .join(' ')
  }

  /** Which target group the tasks of the newest deployment's target revision are in. */
  async targetGroup(): Promise<'blue' | 'green' | undefined> {
    const {targetServiceRevision} = await this.newest()
    const {serviceRevisions} = await this.aws.client.send(
      new DescribeServiceRevisionsCommand({serviceRevisionArns: [targetServiceRevision?.arn ?? '']})
    )
    const arn = serviceRevisions?.[0]?.resolvedConfiguration?.loadBalancers?.[0]?.targetGroupArn
    return arn === this.load.blue.arn ? 'blue' : arn === this.load.green.arn ? 'green' : undefined
  }
}
