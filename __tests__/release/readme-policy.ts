import {readFileSync} from 'node:fs'
import {judge, parsePolicy, type Policy, type PolicyStatement, valuesOf} from '../../emulator/iam/policy.ts'
import type {StepOptions, StepResult} from '../../emulator/runner.ts'
import {Account} from './account.ts'

/** What the README says to replace. */
export interface PolicyNames {
  readonly account: string
  readonly region: string
  readonly cluster: string
  readonly service: string
  readonly family: string
  readonly repository: string
  readonly taskRole: string
  readonly executionRole: string
  readonly logGroup: string
}

/** The names in the README's policy. */
export const README_NAMES: PolicyNames = {
  account: '111122223333',
  region: 'eu-central-1',
  cluster: 'prod',
  service: 'web',
  family: 'web',
  repository: 'web',
  taskRole: 'web-task',
  executionRole: 'web-execution',
  logGroup: '/ecs/web'
}

/** The policy that the README tells users to give the role, with its region, account and names replaced by others. */
export function readmePolicy(names: PolicyNames = README_NAMES): Policy {
  const [, json] = /<!-- policy -->\s*```json\n(.*?)\n```/s.exec(readFileSync('README.md', 'utf8')) ?? []
  if (json === undefined) throw new Error('README.md has no policy.')
  const before = placesOf(README_NAMES)
  const after = placesOf(names)
  return parsePolicy(before.reduce((text, place, index) => replace(text, place, after[index] ?? ''), json))
}

/** A statement that the README says to add to the policy for what not every release needs. */
export function readmeStatement(sid: string): PolicyStatement {
  const blocks = [...readFileSync('README.md', 'utf8').matchAll(/```json\n(\{\n {2}"Sid": "(\w+)".*?)\n```/gs)]
  const [, json] = blocks.find(([, , name]) => name === sid) ?? []
  if (json === undefined) throw new Error(`README.md has no statement ${sid}.`)
  return JSON.parse(json) as PolicyStatement
}

/** The rows of a table of the README between the markers of that name: in each cell the texts in the style of code. */
export function readmeTable(name: string): string[][][] {
  const between = new RegExp(`<!-- ${name} -->(.*?)<!-- /${name} -->`, 's')
  const [, table = ''] = between.exec(readFileSync('README.md', 'utf8')) ?? []
  const rows = table.trim().split('\n').slice(2)
  return rows.map(row =>
    row
      .split('|')
      .slice(1, -1)
      .map(cell => [...cell.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text))
  )
}

/** The texts in which the names stand in ARNs, each for itself. */
function placesOf(names: PolicyNames): string[] {
  const {account, region, cluster, service, family, repository, taskRole, executionRole, logGroup} = names
  return [
    `:service/${cluster}/${service}"`,
    `:service-deployment/${cluster}/${service}/`,
    `:cluster/${cluster}"`,
    `:task-definition/${family}:`,
    `:repository/${repository}"`,
    `:role/${taskRole}"`,
    `:role/${executionRole}"`,
    `:log-group:${logGroup}:`,
    `:${region}:`,
    `:${account}:`
  ]
}

function replace(text: string, place: string, by: string): string {
  if (!text.includes(place)) throw new Error(`The policy in README.md has no ${place}`)
  return text.replaceAll(place, by)
}

/** The actions of a policy, or of one of its statements. */
export function actionsOf({Statement}: Policy, sid?: string): string[] {
  const statements = Statement.filter(({Sid}) => sid === undefined || Sid === sid)
  return statements.flatMap(({Action}) => valuesOf(Action)).sort()
}

/** The policy without an action, a resource or a whole statement by its `Sid`; what becomes empty goes with it. */
export function without(policy: Policy, taken: string): Policy {
  const rest = (value: string | readonly string[]): string[] => valuesOf(value).filter(it => it !== taken)
  const statements = policy.Statement.filter(({Sid}) => Sid !== taken).map(statement => ({
    ...statement,
    Action: rest(statement.Action),
    Resource: rest(statement.Resource)
  }))
  return {...policy, Statement: statements.filter(({Action, Resource}) => Action.length > 0 && Resource.length > 0)}
}

/** The policy with a further service of the cluster, added to it as the README says. */
export function alsoFor(service: string, policy: Policy): Policy {
  const named = `/${README_NAMES.cluster}/${README_NAMES.service}`
  const further = `/${README_NAMES.cluster}/${service}`
  return {
    ...policy,
    Statement: policy.Statement.map(statement => {
      const resources = valuesOf(statement.Resource)
      const isOfServices = statement.Sid === 'UpdateAndFollowTheService'
      return isOfServices
        ? {...statement, Resource: [...resources, ...resources.map(arn => arn.replace(named, further))]}
        : statement
    })
  }
}

/** The policy with another statement. */
export function plus(policy: Policy, statement: PolicyStatement): Policy {
  return {...policy, Statement: [...policy.Statement, statement]}
}

/** The statement that a failed release printed to be added to the policy. */
export function printedStatement({log}: StepResult): PolicyStatement | undefined {
  const [json] = /^\{\n {2}"Effect".*?^\}$/ms.exec(log) ?? []
  return json === undefined ? undefined : (JSON.parse(json) as PolicyStatement)
}

/** An account with a service behind a load balancer, and a definition with both roles and a log group. */
export async function openAccount(): Promise<Account> {
  const account = await Account.open(({aws: {emulator}}) => {
    const {arn} = emulator.targetGroups.create({
      name: 'web',
      port: 8080,
      healthCheckIntervalSeconds: 5,
      deregistrationDelaySeconds: 5
    })
    return {loadBalancers: [{targetGroupArn: arn, containerName: 'app', containerPort: 8080}]}
  })
  const {account: id, region, taskRole, logGroup} = README_NAMES
  account.aws.emulator.logs.createGroup(logGroup)
  const options = {'awslogs-group': logGroup, 'awslogs-region': region, 'awslogs-stream-prefix': 'web'}
  const logConfiguration = {logDriver: 'awslogs', options}
  const taskRoleArn = `arn:aws:iam::${id}:role/${taskRole}`
  await account.file('task-definition.json', account.definition('v1', {taskRoleArn}, {logConfiguration}))
  return account
}

/** A release by a user that has this policy and no other. */
export async function releaseUnder(
  policy: Policy,
  account: Account,
  inputs: Record<string, string> = {},
  options: Partial<StepOptions> = {}
): Promise<StepResult> {
  account.under(policy)
  return account.release(inputs, options)
}

/** The actions that releases in the account asked for, each once. */
export function askedFor({aws: {emulator}}: Account): string[] {
  return [...new Set(emulator.policies.decisions().map(({action}) => action))].sort()
}

/** The resources of the policy by which nothing that was asked for in the account is allowed. */
export function idleResources(policy: Policy, {aws: {emulator}}: Account): string[] {
  return policy.Statement.flatMap(statement =>
    valuesOf(statement.Resource).filter(resource => {
      const alone = {Statement: [{...statement, Resource: resource}]}
      return !emulator.policies.decisions().some(decision => judge(alone, decision) === 'allowed')
    })
  )
}
