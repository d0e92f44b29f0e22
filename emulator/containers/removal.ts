import {hostname} from 'node:os'
import {type Engine, EngineError} from './engine.ts'

/** Labels by name; an empty value stands for any. */
type Labels = Readonly<Record<string, string>>

/** Tells the process that made a container, so that what it left is found when it was killed. */
const processLabel = 'ecs-release.process'

/** The label of this process. */
export const ownProcess: Labels = {[processLabel]: processName(process.pid)}

/** Numbers of processes are those of one machine, or of one container on it. */
function processName(pid: number): string {
  return `${pid}@${hostname()}`
}

/** What the engine lists of a container. */
interface Listed {
  readonly Id: string
  readonly Image: string
  readonly Labels: Labels
}

/** Ends and removes all containers with these labels. @throws EngineError for the first that cannot be removed, at the end */
export async function removeContainers(engine: Engine, labels: Labels): Promise<void> {
  const containers = await list(engine, labels)
  await doAll(
    containers.map(
      ({Id}) =>
        () =>
          removeContainer(engine, Id)
    )
  )
}

/** Removes an image, unless it is gone. @throws EngineError */
export async function removeImage(engine: Engine, image: string): Promise<void> {
  await unlessGone(engine.call('DELETE', `/images/${image}`, {query: {force: '1'}}))
}

/**
 * Removes the containers of processes of this machine that have ended without doing so.
 * @param isOwn whether an image was made by such a process, to be removed too
 * @throws EngineError
 */
export async function removeLeftOvers(engine: Engine, isOwn: (image: string) => boolean): Promise<void> {
  const containers = await list(engine, {[processLabel]: ''})
  const left = containers.filter(({Labels}) => hasEnded(Labels[processLabel] ?? ''))
  await doAll(
    left.map(
      ({Id}) =>
        () =>
          removeContainer(engine, Id)
    )
  )
  const images = new Set(left.map(({Image}) => Image).filter(isOwn))
  await doAll([...images].map(image => () => removeImage(engine, image)))
}

/** Does one after the other, also after one that fails. @throws the first error, at the end */
export async function doAll(steps: readonly (() => Promise<void>)[]): Promise<void> {
  const errors: unknown[] = []
  for (const step of steps) await step().catch((error: unknown) => errors.push(error))
  if (errors.length > 0) throw errors[0]
}

async function list(engine: Engine, labels: Labels): Promise<Listed[]> {
  const label = Object.entries(labels).map(([name, value]) => (value === '' ? name : `${name}=${value}`))
  const query = {all: '1', filters: JSON.stringify({label})}
  return (await engine.call('GET', '/containers/json', {query})) as Listed[]
}

async function removeContainer(engine: Engine, id: string): Promise<void> {
  await unlessGone(engine.call('DELETE', `/containers/${id}`, {query: {force: '1', v: '1'}}))
}

async function unlessGone(call: Promise<unknown>): Promise<void> {
  try {
    await call
  } catch (error) {
    if (!(error instanceof EngineError && error.status === 404)) throw error
  }
}

/** Whether a process of this machine is no more. */
function hasEnded(name: string): boolean {
  const pid = Number.parseInt(name)
  if (name !== processName(pid)) return false
  try {
    process.kill(pid, 0)
    return false
  } catch (error) {
    // Those of others may be seen, but not signalled.
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
}
