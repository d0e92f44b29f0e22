/** The CloudWatch alarms that deployments can be watched by; one that nobody has set is OK. */
export class Alarms {
  readonly #ringing = new Set<string>()

  /** Sets the state of an alarm, as CloudWatch does. */
  set(name: string, state: AlarmState): void {
    if (state === 'ALARM') this.#ringing.add(name)
    else this.#ringing.delete(name)
  }

  /** Those of these alarms that are in ALARM now. */
  ringing(names: readonly string[]): string[] {
    return names.filter(name => this.#ringing.has(name))
  }
}

export type AlarmState = 'OK' | 'ALARM'
