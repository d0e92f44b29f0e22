import {codeDeployUrl, consoleUrl, familyAndRevision} from '../aws/arn.ts'
import type {Aws} from '../aws/clients.ts'
import type {Finding} from '../check/finding.ts'
import type {Checked, Plan} from '../check/look.ts'
import type {Outlook} from '../check/outlook.ts'
import type {ServiceToRelease} from '../check/services.ts'
import {type Definition, placeOfMember} from '../definition/definition.ts'
import type {Revision} from '../definition/index.ts'
import type {UpdateListener} from '../deploy/update.ts'
import type {Change} from '../follow/changes.ts'
import type {Followed, Tell} from '../follow/follow.ts'
import {describeFooter} from '../follow/footer.ts'
import {openPauses} from '../follow/lifecycle.ts'
import {narrate} from '../follow/narrate.ts'
import {describeStep, howToContinue} from '../follow/next-step.ts'
import type {StartedDeployment} from '../follow/started.ts'
import type {ReleaseImage} from '../image/index.ts'
import type {WorkflowRun} from '../workflow/event.ts'
import type {Inputs} from '../workflow/inputs.ts'
import {describeTaskFailure} from '../why/index.ts'
import {failuresIn, Failure} from '../workflow/failure.ts'
import type {FailureTitle} from '../workflow/log.ts'
import type {World} from '../world.ts'
import {keepComment, MOST_CHARACTERS} from './comment.ts'
import {planHeadline, planLines} from './plan.ts'
import {result} from './result.ts'
import {asFailure} from './as-failure.ts'
import {beginning} from './beginning.ts'
import {hasErrors, isGood, type Phase, type ReleaseStatus, type ServiceStory, type Story, type Work} from './story.ts'
import {summary} from './summary.ts'
import {cancellation, leftBehind} from './tell.ts'

type Draft = {-readonly [Key in keyof ServiceStory]: ServiceStory[Key]}

/**
 * Collects what becomes known of a release, sets each output at once, and has the last word. It is told of everything in
 * the order in which it happens and decides nothing.
 */
export class Report {
  readonly #world: World
  readonly #work: Work
  readonly #startedAt: Date
  readonly #phases: Phase[] = []
  #run: WorkflowRun | undefined
  #region: string | undefined
  #image: ReleaseImage | undefined
  #noCache = false
  readonly #revisions = new Map<string, Revision>()
  /** By the name of the service. */
  readonly #definitions = new Map<string, Definition>()
  /** Names of the services that ECS was asked to update. */
  readonly #updating = new Set<string>()
  #services: Draft[] = []
  #findings: readonly Finding[] = []
  #outlooks: readonly Outlook[] = []
  /** What a release is asked for that shall only look. */
  #planFor: Inputs | undefined
  /** Whether the look before the build found nothing that stops the release. */
  #isAccepted = false
  #status: ReleaseStatus = 'error'
  #headline: string

  constructor(world: World, work: Work = 'Release') {
    this.#world = world
    this.#work = work
    this.#headline = `${work} did not start`
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

  connected({region}: Aws): void {
    this.#region = region
  }

  /**
   * What was found before the build and what it would change. Warnings stand below the errors, which are told when they end
   * the release.
   */
  checked({findings, outlooks}: Checked, inputs: Inputs): void {
    this.#findings = findings
    this.#outlooks = outlooks
    if (inputs.plan) this.#plan(inputs)
    if (!hasErrors(findings)) this.#warn()
  }

  #plan(inputs: Inputs): void {
    this.#planFor = inputs
    this.#status = 'planned'
    this.#headline = planHeadline(this.#outlooks)
    const stops = hasErrors(this.#findings)
    for (const line of this.#outlooks.flatMap(outlook => planLines(outlook, stops))) this.#world.log.info(line)
  }

  #warn(): void {
    for (const {message, place, fix} of this.#findings.filter(({level}) => level === 'warning')) {
      this.#world.log.warning(message, place)
      if (fix !== undefined) this.#world.log.info(fix)
    }
  }

  planned({targets, image}: Plan): void {
    this.#isAccepted = true
    this.#noCache = image.kind === 'build' && image.build.noCache
    for (const {service, definition} of targets) this.#definitions.set(service.name, definition)
    this.chosen(targets.map(({service}) => service))
  }

  /** The services that it is about, with the revisions that they have before. */
  chosen(services: readonly Pick<ServiceToRelease, 'name' | 'cluster' | 'taskDefinitionArn'>[]): void {
    this.#services = services.map(({name, cluster, taskDefinitionArn}) => ({
      name,
      cluster: cluster.name,
      previousTaskDefinitionArn: taskDefinitionArn,
      consoleUrl: consoleUrl(this.#region ?? '', cluster.name, name)
    }))
    const [first] = this.#services
    if (first === undefined) return
    this.#world.outputs.set('previous-task-definition-arn', first.previousTaskDefinitionArn)
    this.#setConsoleUrl(first)
  }

  /** An image that is in ECR, but not confirmed to be what the tag is now. */
  readonly pushed = (image: ReleaseImage): void => {
    this.#image = image
  }

  provided(image: ReleaseImage): void {
    this.#image = image
    this.#world.log.info(`Image ${image.reference}, ${image.origin}`)
    this.#world.outputs.set('image', image.reference)
    if (image.tag !== undefined) this.#world.outputs.set('image-tag', image.tag)
    if (image.digest !== undefined) this.#world.outputs.set('image-digest', image.digest)
  }

  readonly registered = (name: string, revision: Revision): void => {
    this.#revisions.set(revision.arn, revision)
    const service = this.#service(name)
    service.taskDefinitionArn = revision.arn
    if (service !== this.#services[0]) return
    this.#world.outputs.set('task-definition-arn', revision.arn)
    this.#world.outputs.set('task-definition', familyAndRevision(revision.arn))
  }

  readonly updating = (name: string): void => {
    this.#updating.add(name)
  }

  readonly started = (deployment: StartedDeployment): void => {
    const service = this.#service(deployment.service.name)
    service.deploymentId = deployment.deploymentId
    this.#showCodeDeploy(deployment, service)
    const where = service.consoleUrl === undefined ? '' : `: ${service.consoleUrl}`
    this.#world.log.info(`${beginning(deployment, service.cluster, this.#work)} (${deployment.deploymentId})${where}`)
    if (service === this.#services[0]) this.#world.outputs.set('deployment-id', deployment.deploymentId)
  }

  /** A deployment of CodeDeploy has a page of its own from the start. */
  #showCodeDeploy({codeDeploy}: StartedDeployment, service: Draft): void {
    if (codeDeploy?.id === undefined) return
    service.consoleUrl = codeDeployUrl(this.#region ?? '', codeDeploy.id)
    if (service === this.#services[0]) this.#setConsoleUrl(service)
  }

  /** Deployments that go back from one that failed; what was released keeps the other outputs. */
  readonly rollback: UpdateListener = {
    updating: () => undefined,
    started: deployment => {
      const service = this.#service(deployment.service.name)
      this.#world.log.info(`${beginning(deployment, service.cluster, this.#work)} (${deployment.deploymentId})`)
      if (service === this.#services[0]) this.#world.outputs.set('rollback-deployment-id', deployment.deploymentId)
    }
  }

  readonly rollbackChanged: Tell = (change, deployment, at) => {
    // Why tasks of a deployment failed was told before it was withdrawn.
    if (change.kind === 'task-failure' && deployment.wayBack === 'withdrawn') return
    for (const line of narrate(change, deployment, at, this.#services.length > 1)) this.#world.log.info(line)
    if (change.kind === 'paused') this.#paused(deployment, change)
  }

  /** What the follower saw: a line of the log, and the deployment's own page once it is known. */
  readonly changed: Tell = (change, deployment, at) => {
    for (const line of narrate(change, deployment, at, this.#services.length > 1)) this.#world.log.info(line)
    if (change.kind === 'found') this.#deploymentFound(deployment, change.serviceDeploymentArn)
    if (change.kind === 'paused') this.#paused(deployment, change)
  }

  /** The deployment goes no further until somebody does this. */
  #paused({service}: StartedDeployment, {pause, serviceDeploymentArn}: Change & {kind: 'paused'}): void {
    const {step, command} = howToContinue(service.arn, serviceDeploymentArn, pause.hook.id)
    for (const line of [...describeStep(step, this.#run?.action), command])
      this.#world.log.info(`${' '.repeat(8)}${line}`)
  }

  #deploymentFound(deployment: StartedDeployment, serviceDeploymentArn: string): void {
    const service = this.#service(deployment.service.name)
    service.consoleUrl = consoleUrl(this.#region ?? '', service.cluster, service.name, serviceDeploymentArn)
    if (service !== this.#services[0]) return
    this.#world.outputs.set('service-deployment-arn', serviceDeploymentArn)
    this.#setConsoleUrl(service)
  }

  #setConsoleUrl({consoleUrl}: ServiceStory): void {
    if (consoleUrl !== undefined) this.#world.outputs.set('console-url', consoleUrl)
  }

  /** Each service has an outcome; the first bad one is the release's, each bad one has an annotation. */
  concluded(all: readonly Followed[]): void {
    for (const followed of all) this.#service(followed.started.service.name).followed = followed
    const bad = all.filter(({outcome}) => !isGood(outcome.status))
    const told = bad.length > 0 ? bad : all
    this.#status = told[0]?.outcome.status ?? 'error'
    this.#headline = told.map(({outcome}) => outcome.headline).join(' ')
    for (const followed of all.filter(one => !bad.includes(one))) {
      this.#world.log.info(followed.outcome.headline)
      this.#tellFooter(followed)
    }
    for (const {name, followed} of this.#services) {
      if (followed === undefined) this.#world.log.info(`${name} was not updated.`)
    }
    for (const followed of bad) {
      this.#fail(this.#failureOf(followed))
      this.#tellFooter(followed)
    }
    this.#setHookId(all[0])
    if (all[0]?.rollback !== undefined) this.#world.outputs.set('rollback-status', all[0].rollback.status)
  }

  #tellFooter({outcome: {footer}}: Followed): void {
    for (const line of footer === undefined ? [] : describeFooter(footer, this.#run?.action)) this.#world.log.info(line)
  }

  /** What a later step continues the deployment with, also where this one did not wait for the pause. */
  #setHookId(first: Followed | undefined): void {
    const ids = first === undefined ? [] : openPauses(first.lifecycle).map(({hook}) => hook.id)
    if (ids.length > 0) this.#world.outputs.set('hook-id', ids.join('\n'))
  }

  /** It stands where the task definition in the repository has what the first explained failure is about. */
  #failureOf({started, outcome, taskFailures}: Followed): Failure {
    const definition = this.#definitions.get(started.service.name)
    const member = taskFailures.find(failure => failure.member !== undefined)?.member
    const place = definition && member && placeOfMember(definition, member)
    return new Failure(outcome.headline, {lines: taskFailures.flatMap(describeTaskFailure), ...(place && {place})})
  }

  /** The release ended early: what went wrong becomes the one annotation. */
  failed(error: unknown): void {
    const {signal} = this.#world
    const failure = signal.aborted ? new Failure(cancellation(this.#services, this.#updating)) : asFailure(error)
    this.#status = signal.aborted ? 'cancelled' : 'error'
    this.#headline = failure.message
    for (const line of leftBehind(this.#made())) this.#world.log.info(line)
    for (const one of failuresIn(failure) ?? []) this.#fail(one)
    if (hasErrors(this.#findings)) this.#warn()
  }

  #fail(failure: Failure): void {
    this.#world.log.failure(failure, this.#title())
  }

  /** What fails before the build is not to read as if something had been deployed. */
  #title(): FailureTitle {
    if (this.#status === 'cancelled') return `${this.#work} cancelled`
    if (this.#isAccepted || this.#work !== 'Release') return `${this.#work} failed`
    return this.#planFor === undefined ? 'Nothing was released' : 'A release would fail'
  }

  #made() {
    const revisions = [...this.#revisions.values()]
    return {image: this.#image, revisions, services: this.#services, noCache: this.#noCache}
  }

  /** Writes what is known to the remaining outputs and the job summary; a summary that fails, fails nothing. */
  async close(): Promise<void> {
    const story = this.#story()
    this.#world.outputs.set('status', story.status)
    this.#world.outputs.set('result', result(story))
    try {
      await this.#world.outputs.writeSummary(summary(story))
    } catch (error) {
      this.#world.log.debug(`No job summary: ${String(error)}`)
    }
    const {status, headline} = story
    if (status === 'planned') this.#world.log.info(headline)
    if (this.#planFor === undefined || this.#run === undefined) return
    await keepComment(summary(story, MOST_CHARACTERS), this.#run, this.#planFor, this.#world)
  }

  #story(): Story {
    return {
      work: this.#work,
      run: this.#run,
      region: this.#region,
      startedAt: this.#startedAt,
      endedAt: this.#world.clock.now(),
      phases: this.#phases,
      findings: this.#findings,
      outlooks: this.#outlooks,
      isPlan: this.#planFor !== undefined,
      image: this.#image,
      services: this.#services,
      status: this.#status,
      headline: this.#headline
    }
  }

  #service(name: string): Draft {
    const found = this.#services.find(service => service.name === name)
    if (found === undefined) throw new TypeError(`${name} is not of this release`)
    return found
  }
}
