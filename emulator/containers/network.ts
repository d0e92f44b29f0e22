import {spawn} from 'node:child_process'
import {readlink} from 'node:fs/promises'
import {text} from 'node:stream/consumers'
import {fileURLToPath} from 'node:url'
import type {Probe} from '../ecs/runtime.ts'
import type {ProbeAnswer} from '../target-groups.ts'
import {probeHttp} from './probe.ts'

/** What is known of the engine and of this machine. */
export interface NetworkFacts {
  /** Whether this process can run programs in the network namespace of a container. */
  readonly entersNamespaces: boolean
  /** Whether the engine has its default bridge, from which it can publish ports. */
  readonly hasBridge: boolean
}

/** How tasks are connected, and how their ports are reached. */
export interface NetworkWay {
  readonly mode: 'bridge' | 'none'
  /** From inside the task's namespace, by a port of 127.0.0.1, or not at all. */
  readonly probes: 'inside' | 'published' | 'not'
}

/** The task's namespace is entered where that is possible: nothing has to be published then. */
export function networkWay({entersNamespaces, hasBridge}: NetworkFacts): NetworkWay {
  const mode = hasBridge ? 'bridge' : 'none'
  if (entersNamespaces) return {mode, probes: 'inside'}
  return {mode, probes: hasBridge ? 'published' : 'not'}
}

/** The container that keeps a task's network namespace open. */
export interface Namespace {
  /** Of the container. */
  readonly id: string
  /** Of its process, as the engine counts them. */
  readonly pid: number
  /** Ports of 127.0.0.1 by port of the task. */
  readonly published: ReadonlyMap<number, number>
}

/**
 * Whether this process can enter a container's network namespace: it is root on Linux and sees the container's process under
 * the number that the engine tells.
 * @param program path of the program that the container runs
 */
export async function canEnter({pid}: Namespace, program: string): Promise<boolean> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false
  const seen = await readlink(`/proc/${pid}/exe`).catch(() => '')
  return seen.endsWith(program) && (await inside(pid, ['--version'])) !== ''
}

const program = fileURLToPath(new URL('probe-inside.ts', import.meta.url))

/** Makes an HTTP request to a port of a task. @throws Error for a port that cannot be reached from here */
export async function probe(namespace: Namespace, way: NetworkWay, what: Probe): Promise<ProbeAnswer> {
  if (way.probes === 'inside') {
    const answer = await inside(namespace.pid, [program, JSON.stringify(what)])
    return answer === '' ? 'failed' : (JSON.parse(answer) as ProbeAnswer)
  }
  const port = namespace.published.get(what.port)
  return port === undefined ? 'failed' : probeHttp({...what, port})
}

/** Runs Node.js in the network namespace of a process. @returns what it prints; nothing when it fails */
async function inside(pid: number, args: readonly string[]): Promise<string> {
  const child = spawn('nsenter', [`--net=/proc/${pid}/ns/net`, '--', process.execPath, ...args], {
    env: {...process.env, NODE_OPTIONS: ''},
    stdio: ['ignore', 'pipe', 'ignore']
  })
  const closed = new Promise<boolean>(resolve => {
    child.once('error', () => {
      resolve(false)
    })
    child.once('close', status => {
      resolve(status === 0)
    })
  })
  const output = await text(child.stdout)
  return (await closed) ? output : ''
}
