import type {CodeDeploy} from '@aws-sdk/client-codedeploy'
import type {Aws} from '../../aws/clients.ts'
import {failuresOf, isSameFailure, type LookForFailures, type TaskFailure} from '../../why/index.ts'
import type {World} from '../../world.ts'
import {type Budget, endOf} from '../budget.ts'
import {isGood, type Outcome, type Status} from '../conclude.ts'
import {type Evidence, type Moment, NO_EVIDENCE} from '../facts.ts'
import type {FollowWishes, Tell} from '../follow.ts'
import {NO_TIMELINE} from '../milestones.ts'
import {readOrigin} from '../origin.ts'
import {describeProof, type Proof, prove} from '../proof.ts'
import type {ServiceEvent} from '../snapshot.ts'
import {createSource, type Source} from '../source.ts'
import type {StartedDeployment} from '../started.ts'
import {nextTrouble, type Trouble} from '../trouble.ts'
import type {Followed} from '../watched.ts'
import {budgetOf} from './budget.ts'
import {differences, progress, waitOf} from './changes.ts'
import {conclude} from './conclude.ts'
import {type CodeDeployFacts, isGivenUp, primaryOf} from './facts.ts'
import {heldFor, toLifecycle} from './lifecycle.ts'
import {pace} from './pace.ts'
import {readCodeDeploy} from './read.ts'
import {type CodeDeploySnapshot, oursIn} from './snapshot.ts'

/** The log is silent no longer than this, in milliseconds; where a deployment only waits that is told less often. */
const HEARTBEAT = 60_000
const QUIET_HEARTBEAT = 600_000
/** So many reads have to fail in a row to be told. */
const NEWS_READS = 2
/** After these, tasks may explain the end; after the others they tell which image they run. */
const EXPLAINED: readonly Status[] = ['rolled-back', 'rollback-failed', 'failed', 'stopped', 'timed-out']
const PROVEN: readonly Status[] = ['deployed', 'restored', 'healthy', 'reached', 'paused', 'unchanged']

/** Follows a deployment of CodeDeploy until it has an outcome. Reads that fail are ridden out; a cancelled job ends it. */
export async function followCodeDeploy(
  started: StartedDeployment,
  wishes: FollowWishes,
  aws: Aws,
  world: World,
  tell: Tell
): Promise<Followed> {
  return new CodeDeployFollower(started, wishes, aws, await aws.codeDeployOnce(), world, tell).follow()
}

/** The loop: look, tell, conclude, wait. It decides nothing itself. */
class CodeDeployFollower {
  readonly #started: StartedDeployment
  readonly #wishes: FollowWishes
  readonly #client: CodeDeploy
  readonly #aws: Aws
  readonly #world: World
  readonly #tell: (change: Parameters<Tell>[0], at: Date) => void
  readonly #source: Source
  readonly #budget: Budget
  readonly #begunAt: Date
  #seen: CodeDeploySnapshot | undefined
  #events: readonly ServiceEvent[] = []
  #endedLooks = 0
  #trouble: Trouble | undefined
  #changedAt: Date
  #toldAt: Date
  #lookForFailures: LookForFailures | undefined
  #taskFailures: readonly TaskFailure[] = []
  /** Tasks that failed are still stopping, or their logs may still come. */
  #tasksDue = false
  #proof: Proof | undefined

  constructor(
    started: StartedDeployment,
    wishes: FollowWishes,
    aws: Aws,
    client: CodeDeploy,
    world: World,
    tell: Tell
  ) {
    if (started.codeDeploy === undefined) throw new TypeError(`${started.deploymentId} is not CodeDeploy's`)
    const now = world.clock.now()
    this.#started = started
    this.#wishes = wishes
    this.#aws = aws
    this.#client = client
    this.#world = world
    this.#source = createSource(aws, world.log, () => world.clock.now())
    this.#budget = budgetOf(started.codeDeploy.group, wishes.waitForMinutes)
    this.#begunAt = this.#changedAt = this.#toldAt = now
    this.#tell = (change, at) => {
      this.#toldAt = at
      tell(change, started, at)
    }
  }

  async follow(): Promise<Followed> {
    const {clock} = this.#world
    if (this.#started.codeDeploy?.id !== undefined) this.#tell({kind: 'budget', budget: this.#budget}, clock.now())
    for (;;) {
      await this.#look()
      const at = clock.now()
      const outcome = conclude(this.#facts(at, NO_EVIDENCE))
      if (outcome !== undefined) return this.#followed(await this.#lastWord(outcome, at), at)
      await this.#pause(at)
    }
  }

  async #look(): Promise<void> {
    const {signal, clock} = this.#world
    const {snapshot, problem} = await readCodeDeploy(this.#started, this.#seen, this.#client, this.#source, signal)
    const at = clock.now()
    this.#noteTrouble(problem, at)
    if (snapshot === undefined) return
    const known = new Set(this.#events.map(({id}) => id))
    const events = snapshot.service.events.filter(({id, at: time}) => time >= this.#started.startedAt && !known.has(id))
    const changes = differences(this.#started, this.#seen, snapshot, events)
    this.#events = [...this.#events, ...events]
    this.#seen = snapshot
    this.#endedLooks = isGivenUp(this.#facts(at, NO_EVIDENCE)) ? this.#endedLooks + 1 : 0
    for (const change of changes) this.#tell(change, at)
    if (changes.length > 0) this.#changedAt = at
    if (changes.length > 0 || this.#tasksDue) await this.#explain(at, false)
  }

  /** A single failed read is no news: the next one is due in seconds. */
  #noteTrouble(problem: unknown, at: Date): void {
    if (this.#world.signal.aborted) return
    const before = this.#trouble
    this.#trouble = nextTrouble(before, problem, at)
    if (this.#trouble?.reads === NEWS_READS) this.#tell({kind: 'unknown', trouble: this.#trouble}, at)
    if (before !== undefined && before.reads >= NEWS_READS && this.#trouble === undefined) {
      this.#tell({kind: 'known-again', trouble: before}, at)
    }
  }

  #unknown(): Trouble | undefined {
    return this.#trouble !== undefined && this.#trouble.reads >= NEWS_READS ? this.#trouble : undefined
  }

  #facts(now: Date, evidence: Evidence): CodeDeployFacts {
    const moment: Moment = {
      now,
      until: this.#until(now),
      minutes: Math.round((this.#until(now).getTime() - this.#begunAt.getTime()) / 60_000),
      trouble: this.#unknown(),
      cancelled: this.#world.signal.aborted,
      waitFor: this.#wishes.waitFor,
      evidence
    }
    return {started: this.#started, seen: this.#seen, endedLooks: this.#endedLooks, moment}
  }

  /** CodeDeploy itself ends hooks; what the user says is the whole time. */
  #until(now: Date): Date {
    const isGiven = this.#wishes.waitForMinutes !== undefined
    const held = this.#seen === undefined || isGiven ? 0 : heldFor(this.#seen, now)
    return endOf(this.#begunAt, this.#budget.minutes, held)
  }

  /** Looks up what the last word is to tell, and concludes with it. */
  async #lastWord(outcome: Outcome, at: Date): Promise<Outcome> {
    const {status} = outcome
    const serving = primaryOf(this.#facts(at, NO_EVIDENCE))
    const {signal} = this.#world
    if (EXPLAINED.includes(status)) await this.#explain(at, true)
    const isOriginTold = !signal.aborted && !isGood(status) && serving !== undefined
    const origin = isOriginTold ? await readOrigin(serving.taskDefinitionArn, this.#source, signal) : undefined
    if (PROVEN.includes(status)) this.#proof = await this.#prove(at)
    const evidence = {failures: this.#taskFailures, origin, proof: this.#proof}
    return conclude(this.#facts(at, evidence)) ?? outcome
  }

  /** Our deployment as its tasks name it, once they are there: they are started by its task set. */
  #ofTaskSet(): StartedDeployment | undefined {
    const ours = this.#seen && oursIn(this.#seen.service, this.#started.codeDeploy?.id)
    return ours && {...this.#started, deploymentId: ours.id}
  }

  /** Looks for tasks that failed and tells each new kind of failure once. */
  async #explain(at: Date, last: boolean): Promise<void> {
    const {showLogs} = this.#wishes
    const {ecs, elb, ifAllowed} = this.#source
    const tasks = this.#ofTaskSet()
    const logs = showLogs ? (region: string) => this.#aws.logs(region) : undefined
    this.#lookForFailures ??= tasks && failuresOf(tasks, {ecs, elb, ifAllowed, logs}, this.#world)
    if (this.#lookForFailures === undefined) return
    const before = this.#taskFailures
    const {failures, unfinished} = await this.#lookForFailures(this.#world.signal, this.#events, last)
    this.#taskFailures = failures
    this.#tasksDue = unfinished
    for (const failure of failures.filter(found => !before.some(known => isSameFailure(known, found)))) {
      this.#tell({kind: 'task-failure', failure}, at)
    }
  }

  async #prove(at: Date): Promise<Proof | undefined> {
    const tasks = this.#ofTaskSet()
    if (tasks === undefined || this.#seen?.service.desiredCount === 0) return undefined
    const proof = await prove(tasks, this.#wishes.digestsOf, this.#source, this.#world)
    if (proof !== undefined) this.#tell({kind: 'proof', text: describeProof(proof)}, at)
    return proof
  }

  async #pause(at: Date): Promise<void> {
    const {clock, signal} = this.#world
    const longest =
      this.#seen !== undefined && waitOf(this.#started, this.#seen) !== undefined ? QUIET_HEARTBEAT : HEARTBEAT
    if (at.getTime() - this.#toldAt.getTime() >= longest) this.#heartbeat(at)
    const group = this.#started.codeDeploy?.group
    const wait = pace({seen: this.#seen, group, changedAt: this.#changedAt, trouble: this.#trouble}, at)
    try {
      await clock.sleep(Math.min(wait, this.#until(at).getTime() - at.getTime()), signal)
    } catch (error) {
      if (!signal.aborted) throw error
    }
  }

  #heartbeat(at: Date): void {
    const trouble = this.#unknown()
    const wait = this.#seen && waitOf(this.#started, this.#seen)
    if (trouble !== undefined) this.#tell({kind: 'unknown', trouble}, at)
    else if (wait !== undefined) this.#tell({kind: 'waiting', text: wait}, at)
    else if (this.#seen !== undefined) this.#tell({kind: 'heartbeat', text: progress(this.#started, this.#seen)}, at)
  }

  #followed(outcome: Outcome, endedAt: Date): Followed {
    return {
      started: this.#started,
      outcome,
      endedAt,
      events: this.#events,
      serviceDeploymentArn: undefined,
      timeline: NO_TIMELINE,
      lifecycle: toLifecycle(this.#seen, this.#started),
      taskFailures: this.#taskFailures,
      proof: this.#proof
    }
  }
}
