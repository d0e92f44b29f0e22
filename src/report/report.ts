import {consoleUrl, familyAndRevision} from '../aws/arn.ts'
import {explain} from '../aws/explain.ts'
import type {Aws} from '../aws/clients.ts'
import type {Plan} from '../check/look.ts'
import type {Revision} from '../definition/index.ts'
import type {Followed, Tell} from '../follow/follow.ts'
import {narrate} from '../follow/narrate.ts'
import {describeTaskFailure} from '../follow/stopped-tasks.ts'
import type {StartedDeployment} from '../follow/started.ts'
import type {ReleaseImage} from '../image/index.ts'
import type {WorkflowRun} from '../workflow/event.ts'
import {Failure} from '../workflow/failure.ts'
import type {World} from '../world.ts'
import {result} from './result.ts'
import type {Phase, ReleaseStatus, ServiceStory, Story} from './story.ts'
import {summary} from './summary.ts'

type Draft = {-readonly [Key in keyof ServiceStory]: ServiceStory[Key]}

/**
 * Collects what becomes known of a release, sets each output at once, and has the last word. It is told of everything in
 * the order in which it happens and decides nothing.
 */
export class Report {
  readonly #world: World
  readonly #startedAt: Date
  readonly #phases: Phase[] = []
  #run: WorkflowRun | undefined
  #region: string | undefined
  #image: ReleaseImage | undefined
  #services: Draft[] = []
  #status: ReleaseStatus = 'error'
  #headline = 'The release did not start'

  constructor(world: World) {
    this.#world = world
    this.#startedAt = world.clock.now()
  }

  /** Does a part of the release in a fold of the log and keeps how long it took. */
  async phase<T>(name: string, work: () => Promise<T>): Promise<T> {
    return this.#world.log.group(name, () => this.watched(name, work))
  }

  /** The same without the fold, for what is watched live. */
  async watched<T>(name: string, work: () => Promise<T>): Promise<T> {
    const startedAt = this.#world.clock.now()
    try {
      return await work()
    } finally {
      this.#phases.push({name, startedAt, endedAt: this.#world.clock.now()})
    }
  }

  running(run: WorkflowRun): void {
    this.#run = run
  }

  planned({targets}: Plan, {region}: Aws): void {
    this.#region = region
    this.#services = targets.map(({service: {name, cluster, taskDefinitionArn}}) => ({
      name,
      cluster: cluster.name,
      previousTaskDefinitionArn: taskDefinitionArn,
      consoleUrl: consoleUrl(region, cluster.name, name)
    }))
    const [first] = this.#services
    if (first === undefined) return
    this.#world.outputs.set('previous-task-definition-arn', first.previousTaskDefinitionArn)
    this.#world.outputs.set('console-url', first.consoleUrl)
  }

  provided(image: ReleaseImage): void {
    this.#image = image
    this.#world.log.info(`Image ${image.reference}, ${image.origin}`)
    this.#world.outputs.set('image', image.reference)
    if (image.tag !== undefined) this.#world.outputs.set('image-tag', image.tag)
    if (image.digest !== undefined) this.#world.outputs.set('image-digest', image.digest)
  }

  /** One revision for each service, in the order in which the services were found. */
  registered(revisions: readonly Revision[]): void {
    this.#services.forEach((service, index) => {
      const revision = revisions[index]
      if (revision !== undefined) service.taskDefinitionArn = revision.arn
    })
    const [first] = revisions
    if (first === undefined) return
    this.#world.outputs.set('task-definition-arn', first.arn)
    this.#world.outputs.set('task-definition', familyAndRevision(first.arn))
  }

  readonly started = (deployment: StartedDeployment): void => {
    const service = this.#service(deployment)
    service.deploymentId = deployment.deploymentId
    const what = `${familyAndRevision(deployment.taskDefinitionArn)} to ${service.name} in ${service.cluster}`
    const how = deployment.joined ? 'Not deploying again' : 'Deploying'
    this.#world.log.info(`${how} ${what} (${deployment.deploymentId}): ${service.consoleUrl}`)
    if (service === this.#services[0]) this.#world.outputs.set('deployment-id', deployment.deploymentId)
  }

  /** What the follower saw: a line of the log, and the deployment's own page once it is known. */
  readonly changed: Tell = (change, deployment, at) => {
    const line = narrate(change, deployment, at, this.#services.length > 1)
    if (line !== undefined) this.#world.log.info(line)
    if (change.kind === 'joined') this.#joined(deployment, change.serviceDeploymentArn)
  }

  #joined(deployment: StartedDeployment, serviceDeploymentArn: string): void {
    const service = this.#service(deployment)
    service.consoleUrl = consoleUrl(this.#region ?? '', service.cluster, service.name, serviceDeploymentArn)
    if (service !== this.#services[0]) return
    this.#world.outputs.set('service-deployment-arn', serviceDeploymentArn)
    this.#world.outputs.set('console-url', service.consoleUrl)
  }

  /** Each service has an outcome; the first bad one is the release's. */
  concluded(all: readonly Followed[]): void {
    for (const followed of all) this.#service(followed.started).followed = followed
    const bad = all.filter(({outcome}) => !isGood(outcome.status))
    const told = bad.length > 0 ? bad : all
    this.#status = told[0]?.outcome.status ?? 'error'
    this.#headline = told.map(({outcome}) => outcome.headline).join(' ')
    if (bad.length === 0) this.#world.log.info(this.#headline)
    else this.#world.log.failure(new Failure(this.#headline, {lines: bad.flatMap(reasons)}))
  }

  /** The release ended early: what went wrong becomes the one annotation. */
  failed(error: unknown): void {
    const {signal} = this.#world
    const failure = signal.aborted ? new Failure(this.#cancelled()) : asFailure(error)
    this.#status = signal.aborted ? 'cancelled' : 'error'
    this.#headline = failure.message
    for (const line of this.#leftBehind()) this.#world.log.info(line)
    this.#world.log.failure(failure)
  }

  /** Writes what is known to the remaining outputs and the job summary; a summary that fails, fails nothing. */
  async close(): Promise<void> {
    const story = this.#story()
    this.#world.outputs.set('status', story.status)
    this.#world.outputs.set('result', JSON.stringify(result(story)))
    try {
      await this.#world.outputs.writeSummary(summary(story))
    } catch (error) {
      this.#world.log.debug(`No job summary: ${String(error)}`)
    }
  }

  #story(): Story {
    return {
      run: this.#run,
      region: this.#region,
      startedAt: this.#startedAt,
      endedAt: this.#world.clock.now(),
      phases: this.#phases,
      image: this.#image,
      services: this.#services,
      status: this.#status,
      headline: this.#headline
    }
  }

  #service({service: {arn, name}}: StartedDeployment): Draft {
    const found = this.#services.find(service => service.name === name)
    if (found === undefined) throw new TypeError(`${arn} is not of this release`)
    return found
  }

  /** What a failed release leaves in AWS; a re-run uses it. */
  #leftBehind(): string[] {
    const revisions = [...new Set(this.#services.flatMap(({taskDefinitionArn}) => taskDefinitionArn ?? []))]
    const deployed = this.#services.filter(({deploymentId}) => deploymentId !== undefined)
    return [
      ...(this.#image?.origin === 'built' ? [`The image ${this.#image.reference} is in ECR; a re-run uses it.`] : []),
      ...revisions.map(arn => `The revision ${familyAndRevision(arn)} is registered; a re-run uses it.`),
      ...deployed.map(
        ({name, deploymentId}) =>
          `The service ${name} is being updated by ${deploymentId ?? ''}, which ECS goes on with.`
      )
    ]
  }

  #cancelled(): string {
    const deployed = this.#services.some(({deploymentId}) => deploymentId !== undefined)
    return deployed
      ? 'The job was cancelled; ECS goes on with the deployment.'
      : 'The job was cancelled before any service was updated: production runs what it ran before.'
  }
}

function isGood(status: ReleaseStatus): boolean {
  return status === 'deployed' || status === 'unchanged'
}

/** Why tasks of a deployment stopped, for the lines above the headline. */
function reasons({taskFailures}: Followed): string[] {
  return taskFailures.map(describeTaskFailure)
}

/** Failures are for users; anything else is a defect of this action and says so, with what is needed to report it. */
function asFailure(error: unknown): Failure {
  if (error instanceof Failure) return error
  if (error instanceof Error && '$metadata' in error) return explain(error, 'releasing')
  const stack = error instanceof Error ? (error.stack ?? '').split('\n').slice(1) : []
  return new Failure(`This is a defect of ecs-release, please report it: ${String(error)}`, {
    lines: stack,
    cause: error
  })
}
