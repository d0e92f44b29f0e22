import type {Aws} from '../aws/clients.ts'
import {ifAllowed} from '../aws/allowed.ts'
import {findRunning} from '../definition/describe.ts'
import type {WorkflowRun} from '../workflow/event.ts'
import type {World} from '../world.ts'
import {gatherCapacity} from './capacity/gather.ts'
import {lastReleased} from './drift.ts'
import type {Candidate} from './look.ts'
import {findGoneImages} from './safety/images.ts'
import {gatherSecrets} from './service/secrets/gather.ts'
import {gatherTargetGroups} from './service/target-groups.ts'
import type {ServiceToRelease} from './services.ts'
import type {Situation} from './situation.ts'

/** What is read for the checks alone. */
export type Facts = Omit<Situation, 'service' | 'definition' | 'containers' | 'inputs' | 'run' | 'image'>

/** Reads, side by side, what only the checks need; each part is `undefined` where it may not or cannot be read. */
export async function gather(
  {service, definition, containers}: Candidate,
  {repository}: WorkflowRun,
  aws: Aws,
  world: World
): Promise<Facts> {
  const reading = helpful(world, () => readRunning(service, aws, world))
  const [running, released, goneImages, targetGroups, secrets, capacity] = await Promise.all([
    reading,
    helpful(world, async () => ifThere(await reading, running => lastReleased(running, repository, aws, world))),
    helpful(world, async () => ifThere(await reading, running => findGoneImages(running, containers, aws, world))),
    helpful(world, async () => ifThere(service, ({described}) => gatherTargetGroups(described, aws, world))),
    helpful(world, () => gatherSecrets(definition, aws, world)),
    helpful(world, async () => ifThere(service, ({described}) => gatherCapacity(described, aws, world)))
  ])
  return {running, released, goneImages, targetGroups, secrets, capacity}
}

async function ifThere<T, U>(value: T | undefined, next: (value: T) => Promise<U>): Promise<U | undefined> {
  return value === undefined ? undefined : next(value)
}

async function readRunning(service: ServiceToRelease | undefined, aws: Aws, {log, signal}: World) {
  if (service === undefined) return undefined
  const read = () => findRunning(service.taskDefinitionArn, aws, signal)
  return ifAllowed(log, 'ecs:DescribeTaskDefinition', read)
}

/** A fact that cannot be read only means that less is checked. */
async function helpful<T>({log, signal}: World, read: () => Promise<T | undefined>): Promise<T | undefined> {
  try {
    return await read()
  } catch (error) {
    signal.throwIfAborted()
    log.debug(`Not checked: ${String(error)}`)
    return undefined
  }
}
