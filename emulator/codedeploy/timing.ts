/** How long things take in CodeDeploy, in milliseconds. */
export interface CodeDeployTiming {
  /** From Created to InProgress (observed: between 3 s and 26 s). */
  readonly created: number
  /** A lifecycle event with nothing to do, or with a switch of all traffic (observed: 0.2 s to 0.7 s). */
  readonly event: number
  /** From the end of one lifecycle event to the start of the next (observed: 0.25 s). */
  readonly betweenEvents: number
  /** How often it looks whether task sets are steady, and at alarms (observed: an alarm stops a deployment within 23 s). */
  readonly poll: number
  /** From a request to stop to Stopped. */
  readonly stop: number
  /** How long the replacement task set may take (documented: 60 minutes). */
  readonly install: number
  /** How long a hook may take (documented: an hour). */
  readonly hook: number
}

/** Durations close to what was seen. */
export const observedTiming: CodeDeployTiming = {
  created: 5000,
  event: 500,
  betweenEvents: 250,
  poll: 5000,
  stop: 3000,
  install: 60 * 60_000,
  hook: 60 * 60_000
}
