import {createRequire, syncBuiltinESMExports} from 'node:module'
import {promisify} from 'node:util'
import {VirtualTimer, type VirtualTimers} from './virtual-timers.ts'

type Callback = (...values: unknown[]) => void

interface SleepOptions {
  readonly signal?: AbortSignal
  readonly ref?: boolean
}

const require = createRequire(import.meta.url)

/** Makes `new Date()` and `Date.now()` tell the time of `timers`; other dates are as ever. */
export function patchDate(timers: VirtualTimers): void {
  const real = Date
  const now = (): number => timers.now()
  const patched = new Proxy(real, {
    apply: () => new real(now()).toString(),
    construct: (target, values: unknown[], caller) =>
      Reflect.construct(target, values.length === 0 ? [now()] : values, caller) as object
  })
  real.now = now
  real.prototype.constructor = patched
  globalThis.Date = patched
}

/** Puts virtual timers in place of the global ones and of those of `node:timers` and `node:timers/promises`. */
export function patchTimers(timers: VirtualTimers): void {
  const callbackTimers = timersWithCallbacks(timers)
  const sleep = sleeper(timers)
  Object.defineProperty(callbackTimers.setTimeout, promisify.custom, {value: sleep})
  Object.assign(globalThis, callbackTimers)
  Object.assign(require('node:timers') as object, callbackTimers)
  const promises = require('node:timers/promises') as {scheduler: {wait: unknown}}
  const wait = (delay: number, options?: SleepOptions): Promise<unknown> => sleep(delay, undefined, options)
  Object.assign(promises, {setTimeout: sleep, setInterval: ticker(sleep)})
  Object.defineProperty(promises.scheduler, 'wait', {value: wait})
  AbortSignal.timeout = delay => timeoutSignal(timers, delay)
  syncBuiltinESMExports()
}

function timersWithCallbacks(
  timers: VirtualTimers
): Record<'setTimeout' | 'setInterval' | 'clearTimeout' | 'clearInterval', unknown> {
  const real = {clearTimeout, clearInterval}
  const set =
    (repeats: boolean) =>
    (callback: Callback, delay: number, ...values: unknown[]): VirtualTimer => {
      if (typeof callback !== 'function') throw new TypeError('The "callback" argument must be of type function.')
      const run = (): void => {
        callback(...values)
      }
      return timers.create(run, delay, repeats)
    }
  const clear = (timer: unknown): void => {
    const isId = typeof timer === 'number' || typeof timer === 'string'
    const virtual = timer instanceof VirtualTimer ? timer : isId ? timers.byId(Number(timer)) : undefined
    // Timers that are older than this patch are Node's.
    if (virtual === undefined) real.clearTimeout(timer as NodeJS.Timeout | undefined)
    else virtual.close()
  }
  return {setTimeout: set(false), setInterval: set(true), clearTimeout: clear, clearInterval: clear}
}

/** `setTimeout` of `node:timers/promises`. */
function sleeper(timers: VirtualTimers): (delay?: number, value?: unknown, options?: SleepOptions) => Promise<unknown> {
  return (delay = 1, value, {signal, ref = true} = {}) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted === true) {
        reject(abortion(signal))
        return
      }
      const stop = (): void => {
        timer.close()
        if (signal !== undefined) reject(abortion(signal))
      }
      const timer = timers.create(
        () => {
          signal?.removeEventListener('abort', stop)
          resolve(value)
        },
        delay,
        false
      )
      if (!ref) timer.unref()
      signal?.addEventListener('abort', stop, {once: true})
    })
}

/** `setInterval` of `node:timers/promises`. */
function ticker(sleep: ReturnType<typeof sleeper>) {
  return async function* (delay?: number, value?: unknown, options?: SleepOptions): AsyncGenerator<unknown, void> {
    for (;;) yield await sleep(delay, value, options)
  }
}

/** As Node's own, with the signal's reason as cause. */
function abortion(signal: AbortSignal): Error {
  const error = new Error('The operation was aborted', {cause: signal.reason})
  return Object.assign(error, {name: 'AbortError', code: 'ABORT_ERR'})
}

function timeoutSignal(timers: VirtualTimers, delay: number): AbortSignal {
  const controller = new AbortController()
  const abort = (): void => {
    controller.abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError'))
  }
  timers.create(abort, delay, false).unref()
  return controller.signal
}
