import {accessDenied} from './errors.ts'
import {denialBy, type Denial, type EffectivePolicy, type PolicyKind} from './iam/evaluation.ts'
import {permissionsOf, type AuthorizedRequest, type IamBehaviour, type Surroundings} from './iam/permissions.ts'
import type {Permission, Policy} from './iam/policy.ts'
import type {AwsService, Caller} from './service.ts'

/** A permission that a caller with a policy needed, and what denied it, if anything did. */
export interface Decision extends Permission {
  readonly caller: string
  readonly denial: Denial | undefined
}

/**
 * IAM's part in the emulator: which user or role may do what. A kind of policy that nobody attached limits nothing; so
 * those without any policy may do everything.
 */
export class Policies {
  readonly behaviour: IamBehaviour = {resources: 'any', updatePassesRoles: false}
  /** Tells the roles of a task definition; none until ECS is there. */
  rolesOf: Surroundings['rolesOf'] = () => []
  /** Tells the group of a deployment; none until CodeDeploy is there. */
  deploymentGroupOf: Surroundings['deploymentGroupOf'] = () => undefined
  /** Tells the deployment configuration of a group. */
  deploymentConfigOf: Surroundings['deploymentConfigOf'] = () => undefined
  /** What the account's organization lets its users and roles do at most. */
  serviceControl: Policy | undefined
  readonly #identityBased = new Map<string, Policy>()
  readonly #boundaries = new Map<string, Policy>()
  readonly #decisions: Decision[] = []

  /** Gives a user or a role its policy, in place of the one it had. @param principal the ARN of the user or the role */
  attach(principal: string, policy: Policy): void {
    this.#identityBased.set(principal, policy)
  }

  /** Sets what a user or a role may do at most, whatever its policy says. @param principal the ARN of the user or the role */
  bound(principal: string, boundary: Policy): void {
    this.#boundaries.set(principal, boundary)
  }

  /** All that was asked for by those who have a policy, in order. */
  decisions(): readonly Decision[] {
    return [...this.#decisions]
  }

  /** Lets a request to an operation of a service pass. @throws AwsError in IAM's words */
  authorize(service: AwsService, request: Omit<AuthorizedRequest, 'service'>): void {
    const {caller} = request.call
    const policies = this.#policiesOf(caller)
    if (policies.length === 0) return
    for (const permission of permissionsOf({...request, service: service.name}, this)) {
      const denial = denialBy(policies, permission)
      this.#decisions.push({caller: caller.arn, ...permission, denial})
      if (denial !== undefined) throw accessDenied(service, caller, permission, denial)
    }
  }

  /** What a refusal of the operation itself names. */
  resourceOf(service: AwsService, request: Omit<AuthorizedRequest, 'service'>): string {
    return permissionsOf({...request, service: service.name}, this)[0]?.resource ?? '*'
  }

  /** Those that hold for a caller, in the order in which IAM asks them. Source: IAM User Guide, "Policy evaluation logic". */
  #policiesOf(caller: Caller): EffectivePolicy[] {
    const principal = principalOf(caller)
    const all: Record<PolicyKind, Policy | undefined> = {
      'service control policy': this.serviceControl,
      'identity-based policy': this.#identityBased.get(principal),
      'permissions boundary': this.#boundaries.get(principal),
      'session policy': caller.sessionPolicy
    }
    const kinds = Object.keys(all) as PolicyKind[]
    return kinds.flatMap(kind => (all[kind] === undefined ? [] : [{kind, policy: all[kind]}]))
  }
}

/** A session has the policies of its role. */
function principalOf({arn, account}: Caller): string {
  const [, role] = /:assumed-role\/([^/]+)\//.exec(arn) ?? []
  return role === undefined ? arn : `arn:aws:iam::${account}:role/${role}`
}
