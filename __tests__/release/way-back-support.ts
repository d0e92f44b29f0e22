import type {CreateServiceCommandInput, Deployment} from '@aws-sdk/client-ecs'
import type {PolicyStatement} from '../../emulator/iam/policy.ts'
import type {Account} from './account.ts'
import {readmeStatement} from './readme-policy.ts'

/** What the role needs beside the least policy to stop, continue and go back by the history. */
export const WAY_BACK: PolicyStatement = readmeStatement('GoBackAndContinue')

/** A service whose circuit breaker fails deployments, with or without a rollback. */
export function breaker(rollback: boolean): Partial<CreateServiceCommandInput> {
  return {deploymentConfiguration: {deploymentCircuitBreaker: {enable: true, rollback}}}
}

/** Cancels the job when a line of the log has this text. */
export function cancelAt(text: string): {cancel: AbortSignal; onLine: (line: string) => void} {
  const controller = new AbortController()
  return {
    cancel: controller.signal,
    onLine: line => {
      if (line.includes(text)) controller.abort()
    }
  }
}

/** The deployment that ECS works towards. */
export async function primaryOf(account: Account): Promise<Deployment> {
  const {deployments = []} = await account.described()
  return deployments.find(({status}) => status === 'PRIMARY') ?? {}
}

/** The bodies of an operation's requests since the set-up. */
export function sent(account: Account, operation: string): Record<string, unknown>[] {
  return account
    .requests()
    .filter(request => request.operation === operation)
    .map(({body = ''}) => JSON.parse(body) as Record<string, unknown>)
}
