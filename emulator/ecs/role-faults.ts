const roleFaults = ['trust', 'permissions', 'modify-listener'] as const

/**
 * What is wrong with a role that ECS works with, such as the infrastructure role of a load balancer or the one that calls
 * hooks: it cannot be assumed, it has no permissions, or only that to change listeners is missing.
 */
export type RoleFault = (typeof roleFaults)[number]

/** Whether a value from outside is one. */
export function isRoleFault(value: unknown): value is RoleFault {
  return roleFaults.some(fault => fault === value)
}

/** The roles with something wrong, by ARN; all others are as they should be. */
export class RoleFaults {
  readonly #faults = new Map<string, RoleFault>()

  /** Sets what is wrong with a role; nothing with `undefined`. */
  set(arn: string, fault: RoleFault | undefined): void {
    if (fault === undefined) this.#faults.delete(arn)
    else this.#faults.set(arn, fault)
  }

  of(arn: string): RoleFault | undefined {
    return this.#faults.get(arn)
  }
}
