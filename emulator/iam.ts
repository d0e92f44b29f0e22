import {accessDenied} from './errors.ts'
import {permissionsOf, type AuthorizedRequest, type IamBehaviour, type Surroundings} from './iam/permissions.ts'
import {judge, type Permission, type Policy, type Verdict} from './iam/policy.ts'
import type {AwsService, Caller} from './service.ts'

/** A permission that a caller with a policy needed, and what the policy says. */
export interface Decision extends Permission {
  readonly caller: string
  readonly verdict: Verdict
}

/** IAM's part in the emulator: which user or role may do what. Those without a policy may do everything. */
export class Policies {
  readonly behaviour: IamBehaviour = {resources: 'any', updatePassesRoles: false}
  /** Tells the roles of a task definition; none until ECS is there. */
  rolesOf: Surroundings['rolesOf'] = () => []
  readonly #policies = new Map<string, Policy>()
  readonly #decisions: Decision[] = []

  /** Gives a user or a role its policy, in place of the one it had. @param principal the ARN of the user or the role */
  attach(principal: string, policy: Policy): void {
    this.#policies.set(principal, policy)
  }

  /** All that was asked for by those who have a policy, in order. */
  decisions(): readonly Decision[] {
    return [...this.#decisions]
  }

  /** Lets a request to an operation of a service pass. @throws AwsError in IAM's words */
  authorize(service: AwsService, request: Omit<AuthorizedRequest, 'service'>): void {
    const {caller} = request.call
    const policy = this.#policies.get(principalOf(caller))
    if (policy === undefined) return
    for (const permission of permissionsOf({...request, service: service.name}, this)) {
      const verdict = judge(policy, permission)
      this.#decisions.push({caller: caller.arn, ...permission, verdict})
      const {action, resource} = permission
      if (verdict !== 'allowed') throw accessDenied(service, caller, action, resource, verdict === 'explicitly denied')
    }
  }
}

/** A session has the policies of its role. */
function principalOf({arn, account}: Caller): string {
  const [, role] = /:assumed-role\/([^/]+)\//.exec(arn) ?? []
  return role === undefined ? arn : `arn:aws:iam::${account}:role/${role}`
}
