import type {Service} from '@aws-sdk/client-ecs'
import {ifAllowed} from '../aws/allowed.ts'
import {familyAndRevision} from '../aws/arn.ts'
import type {Aws} from '../aws/clients.ts'
import {explain} from '../aws/explain.ts'
import {deploymentInFlight, describeInFlight, type InFlight, isOfThisRun} from '../check/safety/conflict.ts'
import {newerRun, olderThan} from '../check/safety/order.ts'
import type {ServiceToRelease} from '../check/services.ts'
import {type DescribedDefinition, findRevision} from '../definition/describe.ts'
import type {WorkflowRun} from '../workflow/event.ts'
import {Failure} from '../workflow/failure.ts'
import type {OnConflict} from '../workflow/inputs.ts'
import {duration} from '../workflow/text.ts'
import type {World} from '../world.ts'
import {readService} from './read-service.ts'

/** What the user wants where others deploy to the same service. */
export interface ConflictWishes {
  readonly onConflict: OnConflict
  /** How long another deployment is waited for; `undefined` for an hour. */
  readonly waitForMinutes: number | undefined
}

/** How often a service that is waited for is looked at, and how often the log says so; in milliseconds. */
const LOOK = 5_000
const TELL = 60_000
const PATIENCE_MINUTES = 60

/**
 * Looks at the services once more when the image is there: while it was built, a newer run may have released, or somebody
 * may have begun to deploy. Waits, one service after the other, where that is wanted.
 * @throws Failure when a newer run has released meanwhile, or when another deployment is on its way and is not to be ended
 */
export async function awaitRightOfWay(
  targets: readonly {readonly service: ServiceToRelease}[],
  wishes: ConflictWishes,
  run: WorkflowRun,
  aws: Aws,
  world: World
): Promise<void> {
  for (const {service} of targets) await awaitOne(service, wishes, run, aws, world)
}

async function awaitOne(
  service: ServiceToRelease,
  wishes: ConflictWishes,
  run: WorkflowRun,
  aws: Aws,
  world: World
): Promise<void> {
  const {clock, log, signal} = world
  const minutes = wishes.waitForMinutes ?? PATIENCE_MINUTES
  const deadline = clock.now().getTime() + minutes * 60_000
  for (let told = 0; ;) {
    const current = await readService(service, aws, signal).catch((error: unknown) => {
      throw explain(error, `reading the service ${service.name}`)
    })
    const running = await readNews(service, current, aws, world)
    if (running !== undefined) refuseOlder(service, running, run, world)
    const inFlight = deploymentInFlight(current)
    if (inFlight === undefined || isOfThisRun(inFlight, running, run) || wishes.onConflict === 'supersede') return
    const now = clock.now().getTime()
    refuseConflict(service, inFlight, running, wishes.onConflict, now >= deadline ? minutes : undefined)
    if (now - told >= TELL) {
      const left = duration(deadline - now)
      log.info(
        `${service.name} has ${describeInFlight(inFlight, running)} on its way: waiting for its end, at most ${left}`
      )
      told = now
    }
    await clock.sleep(LOOK, signal)
  }
}

/** The revision that the service is on its way to, where it is not the one that was checked or a deployment is in flight. */
async function readNews(
  service: ServiceToRelease,
  current: Service,
  aws: Aws,
  {log, signal}: World
): Promise<DescribedDefinition | undefined> {
  const inFlight = deploymentInFlight(current)
  const taskDefinition = inFlight?.taskDefinition ?? current.taskDefinition ?? ''
  if (taskDefinition === service.taskDefinitionArn && inFlight === undefined) return undefined
  return ifAllowed(log, 'ecs:DescribeTaskDefinition', () => findRevision(taskDefinition, aws, signal)).catch(
    (error: unknown) => {
      throw explain(error, `reading the task definition ${taskDefinition}`)
    }
  )
}

/** A re-run is somebody's decision; that it goes back was said before the build or is said now. */
function refuseOlder(service: ServiceToRelease, running: DescribedDefinition, run: WorkflowRun, {log}: World): void {
  const newer = newerRun(running, run)
  if (newer === undefined) return
  const what = olderThan(newer, service.name, familyAndRevision(running.arn))
  if (run.attempt > 1) {
    log.info(`${what}: this re-run of an older run goes back behind that`)
    return
  }
  throw new Failure(
    `${what}: this run is older and would undo that, so it stops here; re-run this job if going back is what you want.`
  )
}

function refuseConflict(
  {name}: ServiceToRelease,
  inFlight: InFlight,
  running: DescribedDefinition | undefined,
  onConflict: OnConflict,
  waited: number | undefined
): void {
  const what = `${name} has ${describeInFlight(inFlight, running)} on its way`
  if (onConflict === 'fail') {
    throw new Failure(`${what}: \`on-conflict: fail\` stops this release; run the job again when it has ended.`)
  }
  if (waited !== undefined) {
    throw new Failure(
      `${what}, and it has not ended in ${duration(waited * 60_000)}: end it, or give \`wait-for-minutes\` a larger number, and run the job again.`
    )
  }
}
