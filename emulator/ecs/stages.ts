import {failBecause, rollBack} from './failing.ts'
import {isHealthy} from './health.ts'
import {callHooks, hasFailed, type HookSurroundings, isOpen} from './hooks.ts'
import type {Hook, Service, ServiceDeployment, StageProgress} from './model.ts'
import {modificationFault, networkingFault, type NetworkingSurroundings} from './networking-fault.ts'
import {firstStage, nextStage, rollbackStages, shiftsOf, type Stage} from './strategy.ts'
import {ruleOf, shiftTraffic, type Traffic} from './traffic.ts'

/** What deployments that shift traffic need of the rest of the emulator. */
export type StageSurroundings = HookSurroundings & NetworkingSurroundings

/** A service deployment that shifts traffic. */
export type StagedDeployment = ServiceDeployment & {readonly progress: StageProgress}

const rolledBack = 'Service deployment rolled back because'

/** A stage that takes longer fails the deployment (documented); pauses may be longer. */
const longestStage = 24 * 3_600_000

/** Leads deployments that shift traffic through their stages, and back. */
export class Stages {
  readonly #in: StageSurroundings
  readonly #wake: (service: Service) => void

  /** @param wake asks for the next look at a service */
  constructor(surroundings: StageSurroundings, wake: (service: Service) => void) {
    this.#in = surroundings
    this.#wake = wake
  }

  /** Goes on to the next stage when all of the current one is done; fails the deployment when something of it has failed. */
  advance(deployment: StagedDeployment): void {
    if (deployment.service.status !== 'ACTIVE') return
    if (deployment.status === 'IN_PROGRESS') this.#goOn(deployment)
    // Also what has failed just now.
    if (deployment.status === 'ROLLBACK_IN_PROGRESS') this.#goBack(deployment)
  }

  /** Whether nothing happens to the deployment until a hook answers or a bake time is over. */
  isWaiting({status, alarms, progress}: StagedDeployment): boolean {
    if (status !== 'IN_PROGRESS' || alarms.status === 'MONITORING') return false
    return progress.hooks.some(isOpen) || this.#now() < progress.until
  }

  #now(): number {
    return this.#in.clock.now()
  }

  #goOn(deployment: StagedDeployment): void {
    const {stage} = deployment.progress
    const next = this.#next(deployment)
    const fault =
      (stage && this.#fault(deployment, stage)) ?? (next === 'PRE_SCALE_UP' ? this.#setUpFault(deployment) : undefined)
    if (fault !== undefined) this.#fail(deployment, fault)
    else if (next !== undefined) this.#enter(deployment, next)
  }

  /** The stage to enter now, `undefined` as long as something is to be done in this one. */
  #next(deployment: StagedDeployment): Stage | undefined {
    const {progress, sources, configuration} = deployment
    const {stage, shifts} = progress
    if (stage === undefined) return firstStage(sources.length)
    return this.#isDone(deployment, stage) ? nextStage(stage, shiftsOf(configuration).length - shifts) : undefined
  }

  #fail(deployment: StagedDeployment, fault: string): void {
    const isAsked = deployment.progress.hooks.some(isRefusedPause)
    if (isAsked && this.#in.variants.pauseReason === 'absent') rollBack(deployment, this.#in)
    else failBecause(deployment, `${rolledBack} ${fault}`, this.#in)
  }

  /** Why the deployment cannot go on, as the end of its status reason. */
  #fault({progress, target}: StagedDeployment, stage: Stage): string | undefined {
    const traffic = trafficOf(stage)
    const denied = traffic && modificationFault(target.configuration, traffic, this.#in)
    const failed = progress.hooks.find(hasFailed)
    const detail = denied ?? (failed && (failed.failure ?? ''))
    if (detail !== undefined) return `${stage} lifecycle hook(s) failed. ${detail}`.trimEnd()
    const isPaused = progress.hooks.some(hook => hook.definition.targetType === 'PAUSE')
    // ECS's words for this are not known.
    return !isPaused && this.#now() >= Math.max(progress.since + longestStage, progress.until)
      ? `the ${stage} lifecycle stage timed out.`
      : undefined
  }

  #setUpFault({target}: StagedDeployment): string | undefined {
    const fault = networkingFault(target.configuration, this.#in)
    return fault && `of invalid networking configuration${fault}`
  }

  #enter(deployment: StagedDeployment, stage: Stage): void {
    const {progress} = deployment
    progress.stage = stage
    progress.since = this.#now()
    deployment.updatedAt = this.#now()
    progress.until = this.#now() + this.#work(deployment, stage)
    if (progress.until > this.#now()) {
      this.#in.clock.at(progress.until, () => {
        this.#wake(deployment.service)
      })
    }
    this.#callHooks(deployment, stage)
  }

  /** What is done at the beginning of a stage. @returns how long the stage bakes, in milliseconds */
  #work(deployment: StagedDeployment, stage: Stage): number {
    const {progress, configuration} = deployment
    if (stage === 'RECONCILE_SERVICE') this.#reconcile(deployment)
    if (stage === 'TEST_TRAFFIC_SHIFT') this.#shift(deployment, 'test', 100)
    if (stage === 'PRODUCTION_TRAFFIC_SHIFT') {
      const {weight = 100, bake = 0} = shiftsOf(configuration)[progress.shifts] ?? {}
      progress.shifts += 1
      this.#shift(deployment, 'production', weight)
      return bake
    }
    return stage === 'BAKE_TIME' ? (configuration.bakeTimeInMinutes ?? 0) * 60_000 : 0
  }

  /** All traffic goes to the revision that goes on serving it; what else there is makes room. Not documented in detail. */
  #reconcile(deployment: StagedDeployment): void {
    shiftTraffic(deployment, 'production', 0, this.#in.targetGroups)
    shiftTraffic(deployment, 'test', 0, this.#in.targetGroups)
  }

  /** Without a test listener rule there is no test traffic. */
  #shift(deployment: StagedDeployment, traffic: Traffic, percent: number): void {
    const {target, progress} = deployment
    const {targetGroups} = this.#in
    if (modificationFault(target.configuration, traffic, this.#in) !== undefined) return
    shiftTraffic(deployment, traffic, percent, targetGroups)
    if (traffic === 'production') progress.productionWeight = percent
    else if (target.configuration.loadBalancers.some(each => ruleOf(each, 'test', targetGroups) !== undefined)) {
      progress.testWeight = percent
    }
  }

  #isDone({target, sources, progress, service}: StagedDeployment, stage: Stage): boolean {
    if (progress.hooks.some(isOpen) || this.#now() < progress.until) return false
    if (stage === 'RECONCILE_SERVICE') {
      return sources.every(source => source === progress.blue || source.tasks.length === 0)
    }
    return stage !== 'SCALE_UP' || target.tasks.filter(isHealthy).length >= service.settings.desiredCount
  }

  /** Traffic goes back first, then the new tasks are removed. What hooks answer on the way back stops nothing: not documented. */
  #goBack(deployment: StagedDeployment): void {
    const {progress} = deployment
    if (progress.rollback === undefined) {
      const {testWeight = 0, productionWeight} = progress
      const left = rollbackStages({test: testWeight > 0, production: productionWeight > 0})
      progress.rollback = {left, from: progress.stage}
    } else if (progress.hooks.some(isOpen)) return
    const stage = progress.rollback.left.shift()
    if (stage === undefined) return
    progress.stage = stage
    progress.since = this.#now()
    deployment.updatedAt = this.#now()
    const traffic = trafficOf(stage)
    if (traffic !== undefined) this.#shift(deployment, traffic, 0)
    this.#callHooks(deployment, stage)
  }

  #callHooks(deployment: StagedDeployment, stage: Stage): void {
    const {progress, service} = deployment
    progress.pastHooks.push(...progress.hooks)
    progress.hooks = callHooks(deployment, stage, this.#in, () => {
      this.#wake(service)
    })
  }
}

/** Whether somebody was asked and said no. */
function isRefusedPause({definition, status}: Hook): boolean {
  return definition.targetType === 'PAUSE' && status === 'FAILED'
}

function trafficOf(stage: Stage): Traffic | undefined {
  if (stage === 'TEST_TRAFFIC_SHIFT') return 'test'
  return stage === 'PRODUCTION_TRAFFIC_SHIFT' ? 'production' : undefined
}
