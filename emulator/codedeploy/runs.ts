import type * as sdk from '@aws-sdk/client-codedeploy'
import {allAtOnce, type DeploymentConfig} from './configs.ts'
import {alarmActive, DeploymentFailure, stoppedByHand} from './failure.ts'
import {type Course, lifeOf, wayBack} from './life.ts'
import {type Deployment, type DeploymentGroup, isOver, pairOf} from './model.ts'
import type {CodeDeployWorld} from './world.ts'

/** What a deployment is started with. */
export interface NewDeployment extends Pick<
  Deployment,
  'revision' | 'description' | 'autoRollback' | 'overriddenAlarms'
> {
  readonly group: DeploymentGroup
  readonly config: DeploymentConfig
}

/** Runs deployments on the clock, watches their alarms, and rolls back. */
export class DeploymentRuns {
  readonly #in: CodeDeployWorld
  /** What takes back the next step of a deployment. */
  readonly #next = new Map<Deployment, () => void>()

  constructor(world: CodeDeployWorld) {
    this.#in = world
  }

  /** Starts a deployment. */
  start(given: NewDeployment): Deployment {
    const deployment = this.#open({...given, creator: 'user'})
    this.#run(deployment, lifeOf(deployment, this.#in))
    this.#watchAlarms(deployment)
    return deployment
  }

  /** Stops a deployment soon, and rolls it back if that is asked for or, by default, the group says so. */
  stop(deployment: Deployment, rollsBack = hasEvent(deployment, 'DEPLOYMENT_STOP_ON_REQUEST')): void {
    this.#in.clock.at(this.#in.clock.now() + this.#in.timing.stop, () => {
      if (!isOver(deployment)) this.#fail(deployment, stoppedByHand(), rollsBack)
    })
  }

  #open({group, ...given}: NewDeployment & Pick<Deployment, 'creator'>): Deployment {
    const now = this.#in.clock.now()
    const deployment: Deployment = {
      ...given,
      id: this.#in.ids.deployment(),
      group,
      previousRevision: lastRevision(group),
      createdAt: now,
      events: eventNames(group).map(name => ({name, status: 'Pending'})),
      weight: 0,
      status: 'Created',
      waitsToTerminate: false,
      updatedAt: now
    }
    group.deployments.unshift(deployment)
    return deployment
  }

  #run(deployment: Deployment, course: Course): void {
    this.#later(deployment, this.#in.timing.created, () => {
      deployment.status = 'InProgress'
      deployment.startedAt = this.#in.clock.now()
      this.#step(deployment, course)
    })
  }

  #later(deployment: Deployment, wait: number, then: () => void): void {
    this.#next.set(deployment, this.#in.clock.at(this.#in.clock.now() + wait, then))
  }

  #step(deployment: Deployment, course: Course): void {
    deployment.updatedAt = this.#in.clock.now()
    try {
      const {done, value} = course.next()
      if (done === true) this.#end(deployment, 'Succeeded')
      else {
        this.#later(deployment, value, () => {
          this.#step(deployment, course)
        })
      }
    } catch (error) {
      if (!(error instanceof DeploymentFailure)) throw error
      this.#fail(deployment, error, hasEvent(deployment, 'DEPLOYMENT_FAILURE'))
    }
  }

  #end(deployment: Deployment, status: 'Succeeded' | 'Failed' | 'Stopped'): void {
    this.#next.get(deployment)?.()
    this.#next.delete(deployment)
    deployment.status = status
    deployment.completedAt = deployment.updatedAt = this.#in.clock.now()
    delete deployment.waitsFor
  }

  /** The event in the middle has failed, those to come are skipped (observed). */
  #fail(deployment: Deployment, failure: DeploymentFailure, rollsBack: boolean): void {
    for (const event of deployment.events) {
      if (event.status === 'Pending') event.status = 'Skipped'
      if (event.status !== 'InProgress') continue
      event.status = 'Failed'
      event.endedAt = this.#in.clock.now()
    }
    deployment.error = {code: failure.code, message: failure.message}
    this.#end(deployment, failure.status)
    // Before the replacement task set is installed nothing can be rolled back (documented).
    if (rollsBack && deployment.sets?.replacement !== undefined) this.#rollBack(deployment)
  }

  #rollBack(failed: Deployment): void {
    const {group, autoRollback, id} = failed
    const rollback = this.#open({
      group,
      config: allAtOnce,
      creator: 'codeDeployRollback',
      revision: failed.previousRevision,
      description: undefined,
      autoRollback
    })
    failed.rollback = {
      rollbackDeploymentId: rollback.id,
      rollbackMessage: `Deployment ${id} terminated. Automatic rollback is triggered with a DeploymentId ${rollback.id}.`
    }
    rollback.rollback = {
      rollbackTriggeringDeploymentId: id,
      rollbackMessage: `Deployment ${rollback.id} is triggered to roll back deployment ${id}.`
    }
    this.#run(rollback, wayBack(rollback, failed, this.#in))
  }

  /** Unlike in ECS, an alarm that was active before counts as well: not confirmed. */
  #watchAlarms(deployment: Deployment): void {
    const {clock, timing, alarms} = this.#in
    const {enabled = false, alarms: watched = []} =
      deployment.overriddenAlarms ?? deployment.group.settings.alarmConfiguration ?? {}
    if (!enabled) return
    const look = (): void => {
      if (isOver(deployment)) return
      const ringing = alarms.ringing(watched.map(({name = ''}) => name))
      if (ringing.length === 0) clock.at(clock.now() + timing.poll, look)
      else this.#fail(deployment, alarmActive(ringing), hasEvent(deployment, 'DEPLOYMENT_STOP_ON_ALARM'))
    }
    clock.at(clock.now() + timing.created + timing.poll, look)
  }
}

function hasEvent({autoRollback}: Deployment, event: sdk.AutoRollbackEvent): boolean {
  return autoRollback.enabled === true && autoRollback.events?.includes(event) === true
}

/** What the last deployment that succeeded was made with; a rollback was made with what came before. */
function lastRevision(group: DeploymentGroup): sdk.RevisionLocation | undefined {
  return group.deployments.find(({status}) => status === 'Succeeded')?.revision
}

/** In order; those of test traffic only with a test listener (observed). */
function eventNames(group: DeploymentGroup): string[] {
  const hasTest = (pairOf(group).testTrafficRoute?.listenerArns ?? []).length > 0
  const test = hasTest ? ['AllowTestTraffic', 'AfterAllowTestTraffic'] : []
  return [
    'BeforeInstall',
    'Install',
    'AfterInstall',
    ...test,
    'BeforeAllowTraffic',
    'AllowTraffic',
    'AfterAllowTraffic'
  ]
}
