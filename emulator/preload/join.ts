import {subscribe} from 'node:diagnostics_channel'
import {Agent, request, type IncomingMessage} from 'node:http'
import {text} from 'node:stream/consumers'
import {patchDate, patchTimers} from './patches.ts'
import {VirtualTimers} from './virtual-timers.ts'

/** Turns of the event loop without anything under way that count as idle: what one turn wakes may start something new. */
const idleTurns = 4

/** How long to wait before looking again while something is under way; real milliseconds. */
const lookAgain = 1

const agent = new Agent({keepAlive: true})

/** The process's own standard streams that show up among what is under way, although they are at rest. */
const resting = countStandardStreams()

/** The emulator's time now, in milliseconds since 1970. */
export async function fetchTime(clockUrl: string): Promise<number> {
  return ask(clockUrl, 'GET', '')
}

/**
 * Puts this process on the emulator's clock. Its time moves only
 * - with answers over HTTP, which carry the emulator's time;
 * - when nothing is under way, no request, no file operation, no child process: then the emulator is asked to advance to
 *   the earliest timer, and the timers that are due fire;
 * - while a child process runs, when a timer's delay has passed in real time as well.
 *
 * @param speed how many times as fast as real time it moves when nothing is under way, for people to watch
 */
export function joinClock(clockUrl: string, now: number, speed = Infinity): void {
  const timers = new VirtualTimers(now)
  const loop = new ClockLoop(timers, async to => {
    await pass((to - timers.now()) / speed)
    return ask(clockUrl, 'POST', JSON.stringify({to}))
  })
  timers.changed = () => {
    loop.wake()
  }
  followAnswers(timers)
  patchDate(timers)
  patchTimers(timers)
}

/** Reads the emulator's time from every answer, of `node:http` and of `fetch`. */
function followAnswers(timers: VirtualTimers): void {
  subscribe('http.client.response.finish', message => {
    const {response} = message as {response: IncomingMessage}
    timers.reach(Number(response.headers['x-emulator-time'] ?? 0))
  })
  subscribe('undici:request:headers', message => {
    const {headers} = (message as {response: {headers: Uint8Array[]}}).response
    const names = headers.map(item => Buffer.from(item).toString('latin1'))
    const index = names.findIndex((name, position) => position % 2 === 0 && name.toLowerCase() === 'x-emulator-time')
    if (index >= 0) timers.reach(Number(names[index + 1]))
  })
}

async function ask(clockUrl: string, method: string, body: string): Promise<number> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request(clockUrl, {method, agent}, resolve).once('error', reject).end(body)
  })
  const answer = await text(response)
  if (response.statusCode !== 200) throw new Error(`${clockUrl} answered ${response.statusCode ?? 0}: ${answer}`)
  return (JSON.parse(answer) as {now: number}).now
}

/** Node's own timers, from before they were patched. */
const real = {setImmediate, clearImmediate, setTimeout, clearTimeout}

/** Lets real time pass, in milliseconds. */
async function pass(milliseconds: number): Promise<void> {
  if (milliseconds > 0) await new Promise(resolve => real.setTimeout(resolve, milliseconds))
}

/** Waits until the process is idle, then moves its time to the earliest timer. */
class ClockLoop {
  readonly #timers: VirtualTimers
  readonly #advance: (to: number) => Promise<number>
  #next: NodeJS.Immediate | NodeJS.Timeout | undefined
  #asking = false
  #idle = 0

  constructor(timers: VirtualTimers, advance: (to: number) => Promise<number>) {
    this.#timers = timers
    this.#advance = advance
  }

  /** Looks again soon, as long as there are timers; keeps the process alive only if one of them does. */
  wake(): void {
    if (this.#asking) return
    if (this.#timers.next() === undefined) this.#cancel()
    else this.#next ??= real.setImmediate(this.#look)
    if (this.#timers.keepAlive()) this.#next?.ref()
    else this.#next?.unref()
  }

  readonly #look = (): void => {
    this.#next = undefined
    const busy = underWay()
    if (busy.length > resting) {
      this.#idle = 0
      const passed = busy.includes('ProcessWrap') ? this.#timers.passedInRealTime() : undefined
      if (passed === undefined) this.#next = real.setTimeout(this.#look, lookAgain)
      else this.#moveTo(passed)
    } else if (!this.#timers.keepAlive()) {
      // Whatever else keeps the process alive, it is not waiting for time to pass.
      this.#next = real.setTimeout(this.#look, lookAgain)
    } else if (this.#idle < idleTurns) {
      this.#idle += 1
    } else {
      this.#idle = 0
      this.#moveTo(this.#timers.next() ?? 0)
    }
    this.wake()
  }

  #moveTo(time: number): void {
    this.#asking = true
    void this.#reach(time).then(this.#fireDue, (error: unknown) => {
      process.stderr.write(`The emulator's clock is gone: ${String(error)}\n`)
      process.exit(70)
    })
  }

  /** Time that an answer brought along need not be asked for. */
  async #reach(time: number): Promise<void> {
    if (time > this.#timers.now()) this.#timers.reach(await this.#advance(time))
  }

  /** Fires one timer a turn, so that what it wakes runs before the next, as in Node. */
  readonly #fireDue = (): void => {
    const timer = this.#timers.takeDue()
    if (timer === undefined) {
      this.#asking = false
      this.wake()
      return
    }
    real.setImmediate(this.#fireDue)
    timer.fire()
  }

  #cancel(): void {
    real.clearImmediate(this.#next as NodeJS.Immediate | undefined)
    real.clearTimeout(this.#next as NodeJS.Timeout | undefined)
    this.#next = undefined
  }
}

/** What keeps this process busy, timers aside. */
function underWay(): string[] {
  return process.getActiveResourcesInfo().filter(name => name !== 'Timeout' && name !== 'Immediate')
}

/** Opens them, so that none comes later. */
function countStandardStreams(): number {
  const streams = [process.stdin, process.stdout, process.stderr]
  const names = process.getActiveResourcesInfo().filter(name => name === 'PipeWrap' || name === 'TTYWrap')
  return Math.min(names.length, streams.length)
}
