/**
 * The emulator's time, in milliseconds since 1970. Everything that happens by itself is an event on this clock.
 *
 * Real containers live in real time. This is how the two times meet:
 * - What the emulator asks of Docker and waits for (to pull, start, probe, kill, remove) takes no time on this clock: it is
 *   held meanwhile, so that no leap goes past it. How long ECS takes for such things is told by its timing alone, as for
 *   containers that are played.
 * - While a container runs, this clock is paced: it goes at most `speed` times as fast as real time. What the container does by
 *   itself (it writes, exits, becomes unhealthy) happens at the time that this clock shows when Docker tells it.
 * - What is told to Docker in seconds of ECS, such as the interval of a health check, is divided by `speed`.
 */
export interface EmulatorClock {
  /** How many times as fast as real time it goes, at most, while it is paced. */
  readonly speed: number
  now(): number
  /** Runs `event` at `time`, after all earlier ones; the answer takes it back. */
  at(time: number, event: () => void): () => void
  /** Lets no time pass until the answer is called. */
  hold(): () => void
  /** Lets time pass no faster than `speed` until the answer is called. */
  pace(): () => void
}

export {ScaledClock} from './clock-scaled.ts'
export {SteppedClock} from './clock-stepped.ts'
