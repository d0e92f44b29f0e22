import type {TargetHealthReasonEnum} from '@aws-sdk/client-elastic-load-balancing-v2'

/** What the reason codes of Elastic Load Balancing mean. Source: TargetHealth in its API reference. */
const MEANINGS: Readonly<Record<TargetHealthReasonEnum, string>> = {
  'Elb.RegistrationInProgress': 'it is still being registered',
  'Elb.InitialHealthChecking': 'its first health checks are not done',
  'Elb.InternalError': 'the load balancer could not check it, by an error of its own',
  'Target.ResponseCodeMismatch': 'it answered with a code that is not expected',
  'Target.Timeout': 'it did not answer in time',
  'Target.FailedHealthChecks': 'it refused the connection or broke it off, or its answer was malformed',
  'Target.NotRegistered': 'it is not registered',
  'Target.NotInUse':
    'no load balancer uses the target group, or the target is in an Availability Zone that is not enabled for it',
  'Target.DeregistrationInProgress': 'it is being deregistered',
  'Target.InvalidState': 'its instance is stopped or terminated',
  'Target.IpUnusable': 'a load balancer has its address',
  'Target.HealthCheckDisabled': 'its target group has no health checks'
}

/** The words that ECS's events have for reason codes, observed. */
const WORDS: readonly (readonly [RegExp, TargetHealthReasonEnum])[] = [
  [/^Health checks failed with these codes:/, 'Target.ResponseCodeMismatch'],
  [/^Request timed out/, 'Target.Timeout'],
  [/^Health checks failed/, 'Target.FailedHealthChecks'],
  [/^Target is in an Availability Zone that is not enabled/, 'Target.NotInUse']
]

/** What a reason code means, in plain words; `undefined` for one that is not known. Pure. */
export function meaningOf(reason: string | undefined): string | undefined {
  return Object.entries(MEANINGS).find(([code]) => code === reason)?.[1]
}

/** The reason code that a description of a target's health stands for, where it is known. Pure. */
export function reasonCodeOf(description: string): string | undefined {
  return WORDS.find(([words]) => words.test(description))?.[1]
}
