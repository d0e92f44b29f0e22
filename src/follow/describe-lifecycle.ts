import {familyAndRevision} from '../aws/arn.ts'
import {bounded, duration, oneLine} from '../workflow/text.ts'
import type {Lifecycle, Pause, StageSpan} from './lifecycle.ts'
import type {HookSnapshot, Traffic} from './snapshot.ts'
import type {StartedDeployment} from './started.ts'

const LONGEST_NAME = 200

/** `stage SCALE_UP; PRE_SCALE_UP took 12 s`. Pure. */
export function describeStage(stage: string, before: StageSpan | undefined): string {
  if (before?.to === undefined) return `stage ${stage}`
  return `stage ${stage}; ${before.stage} took ${duration(before.to.getTime() - before.from.getTime())}`
}

/** `BAKE_TIME for 3 min`; nothing where there are no stages. Pure. */
export function describeStageNow({stages}: Lifecycle, now: Date): string[] {
  const last = stages.at(-1)
  if (last === undefined || last.to !== undefined) return []
  return [`${last.stage} for ${duration(now.getTime() - last.from.getTime())}`]
}

/** `10 % of the production traffic on web:42`. Pure. */
export function describeTraffic(of: keyof Traffic, percent: number, {taskDefinitionArn}: StartedDeployment): string {
  return `${percent} % of the ${of} traffic on ${familyAndRevision(taskDefinitionArn)}`
}

const ANSWERS: Readonly<Record<string, string>> = {
  IN_PROGRESS: 'runs',
  SUCCEEDED: 'answered SUCCEEDED',
  FAILED: 'answered FAILED',
  TIMED_OUT: 'did not answer in time'
}

/** `hook smoke-test answered FAILED`; ECS goes by what the function says. Pure. */
export function describeHook({target, status, timeoutAction}: HookSnapshot): string {
  const then = status === 'TIMED_OUT' ? `: ECS ${timeoutAction === 'CONTINUE' ? 'goes on' : 'rolls back'}` : ''
  return `hook ${hookName(target)} ${ANSWERS[status] ?? `is ${status}`}${then}`
}

/** `smoke-test` of `arn:aws:lambda:eu-central-1:111122223333:function:smoke-test`. */
function hookName(target: string | undefined): string {
  const [, name = target ?? 'function'] = /:function:([\w-]+(?::[\w$-]+)?)$/.exec(target ?? '') ?? []
  return bounded(oneLine(name), LONGEST_NAME)
}

/** Who is asked, until when, and what happens else: a sentence without its full stop. Pure. */
export function whoContinues({hook: {expiresAt, timeoutAction}}: Pause): string {
  const until = expiresAt === undefined ? '' : ` until ${moment(expiresAt)}`
  const otherwise = timeoutAction === 'CONTINUE' ? 'goes on' : 'rolls back'
  return `ECS waits${until} for somebody to continue the deployment or roll it back (ecs:ContinueServiceDeployment), then ${otherwise} by itself`
}

/** The same while it lasts. Pure. */
export function describePause(pause: Pause, now: Date): string {
  const {stage, from, hook} = pause
  const left = hook.expiresAt === undefined ? '' : `, ${duration(hook.expiresAt.getTime() - now.getTime())} left`
  return `paused at ${stage} for ${duration(now.getTime() - from.getTime())}${left}: ${whoContinues(pause)}`
}

/** In words; `undefined` where it was not the pause that ended. Pure. */
export function describePauseEnd({stage, answer}: Pause): string | undefined {
  if (answer === undefined) return undefined
  const {action, timedOut} = answer
  if (timedOut)
    return `nobody continued the deployment at ${stage} in time: ECS ${action === 'CONTINUE' ? 'goes on' : 'rolls back'}`
  return action === 'CONTINUE'
    ? `somebody continued the deployment at ${stage}`
    : `somebody had the deployment rolled back at ${stage}`
}

/** `2026-11-21 12:26 UTC`. */
function moment(time: Date): string {
  return `${time.toISOString().slice(0, 16).replace('T', ' ')} UTC`
}
