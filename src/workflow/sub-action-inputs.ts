import type {Environment} from './event.ts'
import {Failure} from './failure.ts'
import {readChoice} from './choice.ts'
import {readFlag, readNumber, splitList} from './inputs.ts'
import {readWaitFor, type WaitFor} from './wait-for.ts'
import {readWayBackInputs, type WayBackInputs} from './way-back-inputs.ts'

/** What the actions in folders of their own have in common. */
interface SharedInputs {
  readonly cluster: string
  readonly awsRegion: string | undefined
  readonly roleToAssume: string | undefined
  readonly waitForMinutes: number | undefined
  readonly showLogs: boolean
}

/** The inputs of `rollback/action.yml`. */
export interface RollbackInputs extends SharedInputs {
  readonly service: readonly string[]
  /** A revision for each service, or none. */
  readonly to: readonly string[]
}

/** The inputs of `continue/action.yml`. */
export interface ContinueInputs extends SharedInputs, WayBackInputs {
  readonly action: 'continue' | 'rollback'
  /** Name or ARN; `undefined` where the service deployment says it. */
  readonly service: string | undefined
  readonly serviceDeploymentArn: string | undefined
  readonly hookId: readonly string[]
  readonly waitFor: WaitFor
}

type Read = (name: string) => string

function reader(env: Environment): Read {
  return name => (env[`INPUT_${name.toUpperCase()}`] ?? '').trim()
}

function readShared(input: Read): SharedInputs {
  return {
    cluster: input('cluster') || 'default',
    awsRegion: input('aws-region') || undefined,
    roleToAssume: input('role-to-assume') || undefined,
    waitForMinutes: readNumber('wait-for-minutes', input('wait-for-minutes'), 1, 360),
    showLogs: readFlag('show-logs', input('show-logs'))
  }
}

/** @throws Failure for a value that cannot be meant, or for inputs that contradict each other */
export function readRollbackInputs(env: Environment): RollbackInputs {
  const input = reader(env)
  const service = splitList(input('service'), /[\n,]/)
  const to = splitList(input('to'), /[\n,]/)
  if (service.length === 0) {
    throw new Failure('The input `service` is empty: set it to the name of the ECS service to roll back.', {
      fix: 'with:\n  service: web'
    })
  }
  if (to.length > 0 && to.length !== service.length) {
    throw new Failure(
      `The input \`to\` has ${to.length} entries for ${service.length} services: give one revision for each in the order of \`service\`, or none.`
    )
  }
  const vague = to.find(name => !/:\d+$/.test(name))
  if (vague !== undefined) {
    throw new Failure(
      `The input \`to\` is \`${vague}\`, which names no revision: write \`family:revision\`, such as \`web:41\`, or its ARN.`
    )
  }
  return {...readShared(input), service, to}
}

/** @throws Failure for a value that cannot be meant, or where nothing says which deployment is meant */
export function readContinueInputs(env: Environment): ContinueInputs {
  const input = reader(env)
  const service = input('service') || undefined
  const serviceDeploymentArn = input('service-deployment-arn') || undefined
  if (service === undefined && serviceDeploymentArn === undefined) {
    throw new Failure(
      'The inputs `service-deployment-arn` and `service` are empty: set one of them, to say which deployment is to continue.',
      {fix: 'with:\n  service-deployment-arn: ${{ steps.release.outputs.service-deployment-arn }}'}
    )
  }
  return {
    ...readShared(input),
    ...readWayBackInputs(input),
    action: readChoice('action', input('action'), ['continue', 'rollback']),
    service,
    serviceDeploymentArn,
    hookId: splitList(input('hook-id'), /[\n,]/),
    waitFor: readWaitFor(input('wait-for'))
  }
}
