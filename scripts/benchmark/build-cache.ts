import {Engine, engineAddress} from '../../emulator/containers/engine.ts'

/** What this reads of the engine's answer. */
interface DiskUsage {
  readonly BuildCache?: readonly {readonly Size?: number}[] | null
}

/**
 * How many bytes the engine has kept of builds: contexts and layers, also of a build that was broken off.
 * @throws EngineError when the engine does not answer
 */
export async function bytesBuilt(): Promise<number> {
  const engine = new Engine(engineAddress(process.env['DOCKER_HOST']))
  const usage = (await engine.call('GET', '/system/df', {query: {type: 'build-cache'}})) as DiskUsage
  return (usage.BuildCache ?? []).reduce((bytes, {Size = 0}) => bytes + Size, 0)
}
