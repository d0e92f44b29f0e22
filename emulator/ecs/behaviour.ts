import type {TargetHealthReasonEnum} from '@aws-sdk/client-elastic-load-balancing-v2'
import {tagOf} from '../images.ts'
import {eventTexts} from './events.ts'

/**
 * What happens to a container of a task. Without any of it, the container is pulled, starts, becomes healthy and runs on.
 * In error texts `{image}` stands for the image's reference.
 */
export interface Behaviour {
  /** The task cannot be placed; the text is that of the service event, without the service. */
  readonly placement?: {readonly event: string}
  /** The task cannot be set up (secrets, registry login, EFS…); the text is the task's stopped reason. */
  readonly initialization?: {readonly error: string}
  /** How long the image takes, and the error it ends with. */
  readonly pull?: {readonly seconds?: number; readonly error?: string}
  /** The container cannot be started; the text is its reason. */
  readonly start?: {readonly error: string}
  /** The container ends, this many seconds after its start. */
  readonly exit?: {readonly code: number; readonly afterSeconds: number; readonly reason?: string}
  /** Its own health check: good after some seconds, or never. */
  readonly health?: {readonly afterSeconds: number} | 'never'
  /** The load balancer's checks of it: good some seconds after registering, or failing with a reason. */
  readonly target?:
    {readonly afterSeconds: number} | {readonly reason: TargetHealthReasonEnum; readonly description: string}
  /** How it takes SIGTERM: exits after some seconds, with code 143 unless given; later than its stop timeout it is killed. */
  readonly stop?: {readonly afterSeconds?: number; readonly exitCode?: number}
  /** Lines it writes when it starts. */
  readonly log?: readonly string[]
}

/** Which containers a rule is for; all that is given must fit. */
export interface BehaviourMatch {
  readonly service?: string
  readonly family?: string
  readonly revision?: number
  readonly container?: string
  /** A regular expression, searched for in the image's tag. */
  readonly tag?: string
  /** Only so many containers, the first ones that fit. */
  readonly first?: number
}

export interface BehaviourRule {
  readonly match: BehaviourMatch
  readonly behaviour: Behaviour
}

/** A container that is about to be placed. */
export interface Candidate {
  readonly service: string
  readonly family: string
  readonly revision: number
  readonly container: string
  readonly image: string
}

const crashLog = ['Starting', 'Error: cannot connect to the database', '    at connect (/app/server.js:12:9)']

const cannotPull = (error: string): Behaviour => ({pull: {error: `CannotPullContainerError: ${error}`}})

const notPlaced = (event: string): Behaviour => ({placement: {event}})

const lacks = (problem: string): Behaviour => notPlaced(eventTexts.closestInstance(problem))

/** What a word in the image's tag stands for. */
export const behaviourWords: Readonly<Record<string, Behaviour>> = {
  ok: {},
  slow: {pull: {seconds: 90}, health: {afterSeconds: 60}, target: {afterSeconds: 60}},
  crash: {exit: {code: 1, afterSeconds: 10}, log: crashLog},
  'crash-later': {exit: {code: 1, afterSeconds: 300}, log: ['Starting', 'Listening on port 8080']},
  oom: {exit: {code: 137, afterSeconds: 2, reason: 'OutOfMemoryError: Container killed due to memory usage'}},
  'never-healthy': {
    health: 'never',
    target: {reason: 'Target.ResponseCodeMismatch', description: 'Health checks failed with these codes: [503]'}
  },
  'failing-target': {
    target: {reason: 'Target.ResponseCodeMismatch', description: 'Health checks failed with these codes: [503]'}
  },
  'target-timeout': {target: {reason: 'Target.Timeout', description: 'Request timed out'}},
  // On Fargate: capacity and quotas.
  'no-capacity': notPlaced(
    eventTexts.fargateRefuses(
      'Capacity is unavailable at this time. Please try again later or in a different availability zone'
    )
  ),
  'task-quota': notPlaced(
    eventTexts.fargateRefuses("You've reached the limit on the number of tasks you can run concurrently")
  ),
  'vcpu-quota': notPlaced(
    eventTexts.fargateRefuses("You've reached the limit on the number of vCPUs you can run concurrently")
  ),
  'cpu-limit': notPlaced(eventTexts.fargateRefuses('The requested CPU configuration is above your limit')),
  'memory-limit': notPlaced(eventTexts.fargateRefuses('The requested MEMORY configuration is above your limit')),
  // On container instances: what the closest one lacks.
  'no-cpu': lacks('has insufficient CPU units available'),
  'no-memory': lacks('has insufficient memory available'),
  'port-taken': lacks('is already using a port required by your task'),
  'agent-down': lacks("doesn't have the agent connected"),
  'agent-error': lacks('encountered error "AGENT"'),
  'constraint-unmet': lacks('encountered error "MemberOf placement constraint unsatisfied."'),
  'attribute-missing': lacks('is missing an attribute required by your task'),
  'agent-not-started': notPlaced(eventTexts.agentNotStarted),
  'bad-image': cannotPull('pull image manifest has been retried 7 time(s): failed to resolve ref {image}: not found'),
  'pull-denied': cannotPull('pull image manifest has been retried 1 time(s): unexpected status code 403 Forbidden'),
  'secret-missing': {
    initialization: {
      error:
        'ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: ' +
        'unable to retrieve secret from asm: service call has been retried 1 time(s): ' +
        'failed to fetch secret from secrets manager: ResourceNotFoundException: ' +
        "Secrets Manager can't find the specified secret."
    }
  },
  'wrong-platform': cannotPull(
    "pull image manifest has been retried 7 time(s): image Manifest does not contain descriptor matching platform 'linux/amd64'"
  ),
  // What comes after the colon is the mount helper's own and not confirmed.
  'efs-mount': {
    initialization: {
      error:
        'ResourceInitializationError: failed to invoke EFS utils commands to set up EFS volumes: ' +
        'stderr: mount.nfs4: Connection timed out : unsuccessful EFS utils command execution; code: 32'
    }
  },
  'exec-format': {start: {error: 'CannotStartContainerError: Error response from daemon: exec format error'}}
}

/** Says how a container behaves: by rules, else by a word in its image's tag, else well. */
export class Behaviours {
  #rules: {readonly rule: BehaviourRule; readonly tag: RegExp; used: number}[] = []

  /** Replaces all rules; the first one that fits counts. @throws SyntaxError for a `tag` that is no regular expression */
  setRules(rules: readonly BehaviourRule[]): void {
    this.#rules = rules.map(rule => ({rule, tag: new RegExp(rule.match.tag ?? ''), used: 0}))
  }

  /** The behaviour of a container that is about to be placed; counts for rules with `first`. */
  of(candidate: Candidate): Behaviour {
    const found = this.#rules.find(
      ({rule, tag, used}) =>
        used < (rule.match.first ?? Infinity) && fits(rule.match, candidate) && tag.test(tagOf(candidate.image) ?? '')
    )
    if (found === undefined) return byTag(tagOf(candidate.image) ?? '')
    found.used += 1
    return found.rule.behaviour
  }
}

function fits(match: BehaviourMatch, candidate: Candidate): boolean {
  return (
    (match.service ?? candidate.service) === candidate.service &&
    (match.family ?? candidate.family) === candidate.family &&
    (match.revision ?? candidate.revision) === candidate.revision &&
    (match.container ?? candidate.container) === candidate.container
  )
}

/** The longest word counts: `crash-later` is not `crash`. */
function byTag(tag: string): Behaviour {
  const words = Object.keys(behaviourWords).sort((left, right) => right.length - left.length)
  const word = words.find(candidate => new RegExp(`(^|[^a-z0-9])${candidate}($|[^a-z0-9])`, 'i').test(tag))
  return behaviourWords[word ?? 'ok'] ?? {}
}
