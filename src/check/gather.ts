import type {Aws} from '../aws/clients.ts'
import {ifAllowed} from '../aws/allowed.ts'
import {findRevision} from '../definition/describe.ts'
import type {World} from '../world.ts'
import type {Candidate} from './look.ts'
import type {ServiceToRelease} from './services.ts'
import type {Situation} from './situation.ts'

/** What is read for the checks alone. */
export type Facts = Omit<Situation, 'service' | 'definition' | 'containers' | 'inputs' | 'run' | 'image'>

/** Reads, side by side, what only the checks need; each part is `undefined` where it may not or cannot be read. */
export async function gather({service}: Candidate, aws: Aws, world: World): Promise<Facts> {
  const [running] = await Promise.all([helpful(world, () => readRunning(service, aws, world))])
  return {running}
}

async function readRunning(service: ServiceToRelease | undefined, aws: Aws, {log, signal}: World) {
  if (service === undefined) return undefined
  const read = () => findRevision(service.taskDefinitionArn, aws, signal)
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
