import type {Aws} from '../aws/clients.ts'
import {isSameFailure, type TaskFailure} from '../why/index.ts'
import {isStage} from '../workflow/wait-for.ts'
import type {World} from '../world.ts'
import {endOf} from './budget.ts'
import {conclude, isGood, type Outcome, type Status} from './conclude.ts'
import {type Evidence, type Moment, NO_EVIDENCE} from './facts.ts'
import type {FollowWishes, Tell} from './follow.ts'
import {openPauses, pausedFor} from './lifecycle.ts'
import {isDecided, type Look, lookAt, mayHaveFailed} from './look.ts'
import {type Observation, observe, observeTasks} from './observe.ts'
import {readOrigin} from './origin.ts'
import {pace} from './pace.ts'
import {progress} from './progress.ts'
import {describeProof, prove} from './proof.ts'
import {createSource, type Source} from './source.ts'
import type {StartedDeployment} from './started.ts'
import {isReadingDue} from './surroundings.ts'
import {nextTrouble, type Trouble} from './trouble.ts'
import {waitsFor, whyHealthIsUnknown, whyStageIsUnknown} from './waiting.ts'
import {type Followed, readBudget, toFollowed, watch, type Watched} from './watched.ts'

/** The log is silent no longer than this, in milliseconds; where a deployment waits for somebody that is told less often. */
const HEARTBEAT = 60_000
const PAUSED_HEARTBEAT = 600_000
/** So many reads have to fail in a row to be told. */
const NEWS_READS = 2
/** These are told in full when they fail: tasks may explain them. */
const EXPLAINED: readonly Status[] = ['rolled-back', 'rollback-failed', 'failed', 'stopped', 'timed-out']
/** After these the tasks tell which image they run. */
const PROVEN: readonly Status[] = ['deployed', 'restored', 'healthy', 'reached', 'paused', 'unchanged']

/** Follows the deployments that ECS makes. The loop: look, reduce, tell, conclude, wait. It decides nothing itself. */
export class Follower {
  readonly #watched: readonly Watched[]
  readonly #wishes: FollowWishes
  readonly #source: Source
  readonly #world: World
  readonly #tell: Tell
  readonly #begunAt: Date
  /** The services could not be read. */
  #trouble: Trouble | undefined
  /** Something could not be read. */
  #anyTrouble: Trouble | undefined
  #toldAt: Date

  constructor(started: readonly StartedDeployment[], wishes: FollowWishes, aws: Aws, world: World, tell: Tell) {
    const now = world.clock.now()
    const source = createSource(aws, world.log, () => world.clock.now())
    this.#wishes = wishes
    this.#world = world
    this.#begunAt = now
    this.#toldAt = now
    this.#source = source
    this.#tell = (change, about, at) => {
      this.#toldAt = at
      tell(change, about, at)
    }
    const clients = {elb: aws.elb, logs: wishes.showLogs ? (region: string) => aws.logs(region) : undefined}
    this.#watched = started.map(deployment => watch(deployment, wishes.waitForMinutes, source, clients, world, now))
  }

  async follow(): Promise<Followed[]> {
    let pending = this.#watched
    while (pending.length > 0) {
      const observation = await observe(
        pending.map(({started}) => started),
        this.#source,
        this.#world.signal
      )
      this.#noteTrouble(observation, pending)
      await this.#advanceAll(pending, observation)
      pending = pending.filter(({outcome}) => outcome === undefined)
      if (pending.length > 0) await this.#pause(pending, observation.snapshot.at)
    }
    return this.#watched.map(toFollowed)
  }

  /** A single failed read is no news: the next one is due in seconds. */
  #noteTrouble({snapshot: {at}, problem}: Observation, [first]: readonly Watched[]): void {
    if (this.#world.signal.aborted || first === undefined) return
    const before = this.#trouble
    this.#trouble = nextTrouble(before, problem, at)
    if (this.#trouble?.reads === NEWS_READS) this.#tell({kind: 'unknown', trouble: this.#trouble}, first.started, at)
    if (before !== undefined && before.reads >= NEWS_READS && this.#trouble === undefined) {
      this.#tell({kind: 'known-again', trouble: before}, first.started, at)
    }
  }

  /** What the services alone decide waits for nothing else; the tasks of the others are looked at as well. */
  async #advanceAll(pending: readonly Watched[], {snapshot: {services, at}, anyProblem}: Observation): Promise<void> {
    const looks = pending.map(watched => {
      const service = services.find(({arn}) => arn === watched.started.service.arn)
      return lookAt(watched, service, this.#moment(watched, at))
    })
    const [decided, open] = [looks.filter(isDecided), looks.filter(look => !isDecided(look))]
    for (const look of decided) await this.#advance(look, at)
    const problems: unknown[] = [anyProblem]
    const closer = await Promise.all(open.map(look => this.#lookCloser(look, at, pending.length, problems)))
    const [problem] = problems.filter(found => found !== undefined)
    if (!this.#world.signal.aborted) this.#anyTrouble = nextTrouble(this.#anyTrouble, problem, at)
    for (const look of closer) await this.#advance(look, at)
  }

  /** The look with the tasks; those of before prove nothing. */
  async #lookCloser(look: Look, at: Date, services: number, problems: unknown[]): Promise<Look> {
    const {watched, service, outcome} = look
    if (service === undefined) return look
    const wishes = {services, isDecisive: outcome !== undefined}
    const {signal} = this.#world
    const {service: closer, problem} = await observeTasks(watched.started, service, this.#source, signal, wishes)
    problems.push(problem)
    return lookAt(watched, closer, this.#moment(watched, at))
  }

  async #advance({watched, state, changes, outcome}: Look, at: Date): Promise<void> {
    watched.tasksDue ||= mayHaveFailed(changes, watched.state.latest, state)
    watched.state = state
    watched.endedAt = at
    // What happened in the past of a service that runs the revision already is no news.
    const news = changes.filter(({kind}) => kind === 'found' || outcome?.status !== 'unchanged')
    for (const change of news) this.#tell(change, watched.started, at)
    if (outcome !== undefined) watched.outcome = await this.#lastWord(watched, outcome, at)
    else await this.#goOn(watched, at)
  }

  /** Between two looks: how long it may take, why tasks failed, what is waited for. */
  async #goOn(watched: Watched, at: Date): Promise<void> {
    if (watched.state.latest !== undefined && isReadingDue(watched.reading, at)) await this.#setBudget(watched, at)
    if (watched.tasksDue) await this.#explain(watched, at, false)
    if (this.#wishes.waitFor === 'healthy') {
      this.#tellWait(watched, whyHealthIsUnknown(watched.state, this.#source.denied), at)
    }
    this.#tellWait(watched, whyStageIsUnknown(watched.state, isStage(this.#wishes.waitFor)), at)
    this.#tellWait(watched, watched.reading && waitsFor(watched.state, watched.reading.surroundings, at), at)
  }

  /** Tells each text once. */
  #tellWait({started, toldWaits}: Watched, text: string | undefined, at: Date): void {
    if (text === undefined || toldWaits.has(text)) return
    toldWaits.add(text)
    this.#tell({kind: 'waiting', text}, started, at)
  }

  /** Tells the budget when it is first known, and when what could not be read at first changes it. */
  async #setBudget(watched: Watched, at: Date): Promise<void> {
    const isNew = await readBudget(watched, this.#wishes.waitForMinutes, this.#source, this.#world.signal)
    if (isNew) this.#tell({kind: 'budget', budget: watched.budget}, watched.started, at)
  }

  /** Looks up what the last word is to tell, and concludes with it. */
  async #lastWord(watched: Watched, outcome: Outcome, at: Date): Promise<Outcome> {
    const {signal} = this.#world
    const evidence: Evidence = {
      failures: isExplained(outcome.status, watched) ? await this.#explain(watched, at, true) : [],
      origin: signal.aborted || isGood(outcome.status) ? undefined : await this.#originOf(outcome),
      proof: PROVEN.includes(outcome.status) ? await this.#prove(watched, at) : undefined
    }
    watched.proof = evidence.proof
    const moment = {...this.#moment(watched, at), evidence}
    return conclude(watched.state, moment) ?? outcome
  }

  async #originOf({primary}: Outcome): Promise<Evidence['origin']> {
    return primary && readOrigin(primary.taskDefinitionArn, this.#source, this.#world.signal)
  }

  async #prove({started, state}: Watched, at: Date): Promise<Evidence['proof']> {
    const isBeforeTasks = isStage(this.#wishes.waitFor) && state.timeline.running === undefined
    // What a withdrawn deployment started is gone.
    const isNothingLeft = state.latest?.desiredCount === 0 || started.wayBack === 'withdrawn'
    if (isNothingLeft || isBeforeTasks) return undefined
    const proof = await prove(started, this.#wishes.digestsOf, this.#source, this.#world)
    if (proof !== undefined) this.#tell({kind: 'proof', text: describeProof(proof)}, started, at)
    return proof
  }

  #moment({budget, state}: Watched, now: Date): Moment {
    // What the user says is the whole time.
    const paused = this.#wishes.waitForMinutes === undefined ? pausedFor(state.lifecycle, now) : 0
    const until = endOf(this.#begunAt, budget.minutes, paused)
    return {
      now,
      until,
      minutes: Math.round((until.getTime() - this.#begunAt.getTime()) / 60_000),
      trouble: this.#unknown(),
      cancelled: this.#world.signal.aborted,
      waitFor: this.#wishes.waitFor,
      evidence: NO_EVIDENCE
    }
  }

  /** Why the state of the services is unknown, when it is. */
  #unknown(): Trouble | undefined {
    return this.#trouble !== undefined && this.#trouble.reads >= NEWS_READS ? this.#trouble : undefined
  }

  /** Looks for tasks that failed and tells each new kind of failure once. */
  async #explain(watched: Watched, at: Date, last: boolean): Promise<readonly TaskFailure[]> {
    const {started, state, taskFailures: before} = watched
    const {failures, unfinished} = await watched.lookForFailures(this.#world.signal, state.events, last)
    watched.tasksDue = unfinished
    watched.taskFailures = failures
    for (const failure of failures.filter(found => !before.some(known => isSameFailure(known, found)))) {
      this.#tell({kind: 'task-failure', failure}, started, at)
    }
    return failures
  }

  async #pause(pending: readonly Watched[], at: Date): Promise<void> {
    const {clock, random, signal} = this.#world
    const isPaused = pending.every(({state}) => openPauses(state.lifecycle).length > 0)
    const longest = isPaused ? PAUSED_HEARTBEAT : HEARTBEAT
    if (at.getTime() - this.#toldAt.getTime() >= longest) this.#heartbeat(pending, at)
    const states = pending.map(({state, reading}) => ({state, surroundings: reading?.surroundings}))
    const left = pending.map(watched => this.#moment(watched, at).until.getTime() - at.getTime())
    const wait = Math.min(pace(states, this.#anyTrouble, at, random()), ...left)
    try {
      await clock.sleep(wait, signal)
    } catch (error) {
      if (!signal.aborted) throw error
    }
  }

  #heartbeat(pending: readonly Watched[], at: Date): void {
    const [first] = pending
    const trouble = this.#unknown()
    if (trouble !== undefined && first !== undefined) {
      this.#tell({kind: 'unknown', trouble}, first.started, at)
      return
    }
    for (const {started, state, reading} of pending) {
      if (state.latest === undefined) continue
      this.#tell(progress(state, state.latest, reading?.surroundings, at), started, at)
    }
  }
}

/** Tasks tell more of such an end: they may be why, or some had failed before somebody came between. */
function isExplained(status: Status, {taskFailures, tasksDue}: Watched): boolean {
  return EXPLAINED.includes(status) || (status === 'superseded' && (taskFailures.length > 0 || tasksDue))
}
