/** The emulator's time, in milliseconds since 1970. Everything that happens by itself is an event on this clock. */
export interface EmulatorClock {
  now(): number
  /** Runs `event` at `time`, after all earlier ones; the answer takes it back. */
  at(time: number, event: () => void): () => void
}
