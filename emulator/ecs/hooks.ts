import {lastPart} from './arns.ts'
import type {HookBehaviours} from './hook-behaviour.ts'
import type {Hook, ServiceDeployment} from './model.ts'
import type {RoleFaults} from './role-faults.ts'
import type {DeploymentSurroundings} from './service-deployment.ts'
import type {Stage} from './strategy.ts'

/** What calling hooks takes. */
export interface HookSurroundings extends DeploymentSurroundings {
  readonly hookBehaviours: HookBehaviours
  readonly roleFaults: RoleFaults
}

/**
 * Calls the hooks of a stage, all at once; each answers, or times out, on the clock.
 * @param answered called with each answer
 */
export function callHooks(
  deployment: ServiceDeployment,
  stage: Stage,
  by: HookSurroundings,
  answered: () => void
): Hook[] {
  const {lifecycleHooks = []} = deployment.configuration
  return lifecycleHooks
    .filter(({lifecycleStages = []}) => lifecycleStages.some(each => each === stage))
    .map(definition => {
      const isPause = definition.targetType === 'PAUSE'
      const {timeoutInMinutes = 1440} = definition.timeoutConfiguration ?? {}
      const hook: Hook = {
        // What the ids of other hooks than pauses look like is not known.
        id: `ecs-${isPause ? 'pause' : 'lambda'}-${by.ids.hook()}`,
        definition,
        expiresAt: by.clock.now() + timeoutInMinutes * 60_000,
        status: isPause ? 'AWAITING_ACTION' : 'IN_PROGRESS'
      }
      const end = (status: Hook['status'], failure?: string): void => {
        if (!isOpen(hook) || deployment.finishedAt !== undefined) return
        answer(hook, status, failure)
        deployment.updatedAt = by.clock.now()
        answered()
      }
      by.clock.at(hook.expiresAt, () => {
        end('TIMED_OUT')
      })
      if (!isPause) callFunction(hook, deployment, stage, by, end)
      return hook
    })
}

/** Whether a hook has still to answer. */
export function isOpen({status}: Hook): boolean {
  return status === 'AWAITING_ACTION' || status === 'IN_PROGRESS'
}

/** Whether the deployment is to be rolled back because of a hook: it failed, or it timed out and does not say CONTINUE. */
export function hasFailed({status, definition}: Hook): boolean {
  return status === 'FAILED' || (status === 'TIMED_OUT' && definition.timeoutConfiguration?.action !== 'CONTINUE')
}

/** Ends a hook. @param failure why, in ECS's words */
export function answer(hook: Hook, status: Hook['status'], failure?: string): void {
  hook.status = status
  if (failure !== undefined) hook.failure = failure
}

function callFunction(
  {definition}: Hook,
  {service}: ServiceDeployment,
  stage: Stage,
  by: HookSurroundings,
  end: (status: Hook['status'], failure?: string) => void
): void {
  const {hookTargetArn: functionArn = '', roleArn = ''} = definition
  const fault = callFault(functionArn, roleArn, by)
  const call = {functionArn, stage, service: service.name}
  const {status, afterSeconds = 2} = fault === undefined ? by.hookBehaviours.of(call) : {status: 'FAILED' as const}
  if (status === 'IN_PROGRESS') return
  by.clock.at(by.clock.now() + afterSeconds * 1000, () => {
    if (status === 'SUCCEEDED') end('SUCCEEDED')
    else end('FAILED', fault ?? badAnswer(functionArn, status))
  })
}

/** Why a function cannot be called (Developer Guide, "Troubleshooting Amazon ECS blue/green deployments"). */
function callFault(functionArn: string, roleArn: string, {roleFaults, owner}: HookSurroundings): string | undefined {
  const fault = roleFaults.of(roleArn)
  if (fault === 'trust') return `ECS was unable to assume role ${roleArn}`
  const caller = `arn:aws:sts::${owner.account}:assumed-role/${lastPart(roleArn)}/ECS-Lambda-Execution`
  return fault === 'permissions'
    ? `ECS was unable to invoke hook target ${functionArn} due to User: ${caller} is not authorized to perform: ` +
        `lambda:InvokeFunction on resource: ${functionArn} because no identity-based policy allows the lambda:InvokeFunction action`
    : undefined
}

function badAnswer(functionArn: string, status: 'FAILED' | 'INVALID'): string {
  return status === 'FAILED'
    ? `Lifecycle hook target ${functionArn} returned FAILED status.`
    : `ECS was unable to parse the response from ${functionArn} due to HookStatus must not be null`
}
