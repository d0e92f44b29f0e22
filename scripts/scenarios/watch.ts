import type * as ecs from '@aws-sdk/client-ecs'
import {type SeenCodeDeploy, seenCodeDeploy} from './codedeploy.ts'
import type {Moment, Seen} from './moments.ts'
import type {Scenario} from './scenario.ts'
import type {Stage} from './stage.ts'

/** How often the local AWS is looked at, in milliseconds of its clock. */
const interval = 100

/**
 * Looks at the local AWS while a step runs: lets happen what the scenario has for a moment, and notes when the outcome is
 * there. It looks at AWS's state itself, which knows nothing of the step.
 */
export class Watch {
  readonly #stage: Stage
  readonly #service: string
  readonly #outcome: Moment
  readonly #releasedAt: number
  #pending: NonNullable<Scenario['meanwhile']>
  #takeBack: () => void = () => undefined
  #deployment: ecs.Deployment | undefined
  #outcomeAt: number | undefined

  /** Begins to look. */
  constructor(stage: Stage, {meanwhile = [], decidedBy = 'web', outcome}: Scenario) {
    this.#stage = stage
    this.#service = decidedBy
    this.#outcome = outcome
    this.#pending = meanwhile
    this.#releasedAt = stage.clock.now()
    this.#look()
  }

  /**
   * Looks for the last time.
   * @returns seconds since the outcome; `undefined` when it has not come. @throws Error when something did not happen
   */
  end(): number | undefined {
    this.#takeBack()
    this.#note()
    const [missed] = this.#pending
    if (missed !== undefined) throw new Error(`What was to happen when ${missed.when.what} did not: the step was over.`)
    return this.#outcomeAt === undefined ? undefined : (this.#stage.clock.now() - this.#outcomeAt) / 1000
  }

  #look(): void {
    this.#note()
    this.#takeBack = this.#stage.clock.at(this.#stage.clock.now() + interval, () => {
      this.#look()
    })
  }

  #note(): void {
    const seen = this.#see()
    if (this.#outcome.hasCome(seen)) this.#outcomeAt ??= seen.now
    const due = this.#pending.filter(({when}) => when.hasCome(seen))
    this.#pending = this.#pending.filter(each => !due.includes(each))
    for (const {what} of due) what(this.#stage)
    // What happens can be the outcome.
    if (due.length > 0) this.#note()
  }

  #see(): Seen {
    const {clock} = this.#stage
    const service = this.#stage.service(this.#service)
    this.#deployment ??= service.deployments?.find(({createdAt}) => Number(createdAt) >= this.#releasedAt)
    const id = this.#deployment?.id
    const codeDeploy = service.deploymentController?.type === 'CODE_DEPLOY' ? this.#codeDeploy() : undefined
    return {
      now: clock.now(),
      releasedAt: this.#releasedAt,
      updatedAt: Number(this.#deployment?.createdAt ?? codeDeploy?.deployment.createTime ?? Infinity),
      service,
      ours: service.deployments?.find(deployment => deployment.id === id),
      serviceDeployment: id === undefined ? undefined : this.#serviceDeployment(service, id),
      codeDeploy,
      healthyTargets: id === undefined ? 0 : this.#healthyTargets(service, id)
    }
  }

  #codeDeploy(): SeenCodeDeploy | undefined {
    return seenCodeDeploy(this.#stage.aws, this.#releasedAt)
  }

  #serviceDeployment({status}: ecs.Service, id: string): ecs.ServiceDeployment | undefined {
    return status === 'INACTIVE' ? undefined : this.#stage.serviceDeployment(this.#service, id)
  }

  #healthyTargets({loadBalancers: [balancer] = []}: ecs.Service, id: string): number {
    if (balancer?.targetGroupArn === undefined) return 0
    const {taskArns = []} = this.#stage.call('ListTasks', {startedBy: id}) as ecs.ListTasksResponse
    if (taskArns.length === 0) return 0
    const {tasks = []} = this.#stage.call('DescribeTasks', {tasks: taskArns}) as ecs.DescribeTasksResponse
    const addresses = tasks.map(({containers}) => containers?.[0]?.networkInterfaces?.[0]?.privateIpv4Address)
    return this.#stage.aws.emulator.targetGroups
      .health(balancer.targetGroupArn)
      .filter(({target, health}) => health.state === 'healthy' && addresses.includes(target.id)).length
  }
}
