import {judge, type Permission, type Policy} from './policy.ts'

/** The kinds of policies that limit what a caller may do, as AWS names them in a refusal. */
export type PolicyKind = 'service control policy' | 'identity-based policy' | 'permissions boundary' | 'session policy'

/** A policy that holds for a caller. */
export interface EffectivePolicy {
  readonly kind: PolicyKind
  readonly policy: Policy
}

/** Which kind of policy denies a permission, and whether by a statement, or because none of its statements allows it. */
export interface Denial {
  readonly kind: PolicyKind
  readonly isExplicit: boolean
}

/**
 * What denies a permission: every policy has to allow it, and none may deny it. Of several, AWS names only one; which one
 * is documented for a statement that denies only: it comes first.
 * @param policies those that hold for the caller, in the order in which they are asked
 */
export function denialBy(policies: readonly EffectivePolicy[], permission: Permission): Denial | undefined {
  const verdicts = policies.map(({kind, policy}) => ({kind, verdict: judge(policy, permission)}))
  const denying =
    verdicts.find(({verdict}) => verdict === 'explicitly denied') ??
    verdicts.find(({verdict}) => verdict === 'implicitly denied')
  return denying && {kind: denying.kind, isExplicit: denying.verdict === 'explicitly denied'}
}
