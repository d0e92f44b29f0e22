import type {Caller} from './service.ts'

/** A request, as far as it says what it is about. */
interface Request {
  readonly service: string
  readonly region: string
  readonly caller: Caller
  /** JSON; anything else is about `*`. */
  readonly body: string
}

/** The ARN of what a request is about, as IAM names it in a refusal; `*` where IAM knows no resource for it. */
export function resourceOf({service, region, caller, body}: Request): string {
  const input = members(body)
  const first = (name: string): string | undefined =>
    text(input[name]) ?? text((input[`${name}s`] as unknown[] | undefined)?.[0])
  const arn = (resource: string): string => `arn:aws:${service}:${region}:${caller.account}:${resource}`
  const named = (kind: string, name: string | undefined): string | undefined =>
    name === undefined ? undefined : name.startsWith('arn:') ? name : arn(`${kind}${name}`)

  if (service === 'ecr') return named('repository/', first('repositoryName')) ?? '*'
  if (service === 'logs') return named('log-group:', first('logGroupName')) ?? '*'
  if (service !== 'ecs') return '*'
  const cluster = (first('cluster') ?? 'default').replace(/^arn:.*\//, '')
  const own = first('serviceDeploymentArn') ?? first('serviceRevisionArn')
  const inService = named(`service/${cluster}/`, first('service')) ?? named(`task/${cluster}/`, first('task'))
  return own ?? inService ?? ('clusters' in input ? arn(`cluster/${cluster}`) : '*')
}

function members(body: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(body) as Record<string, unknown>
  } catch {
    return {}
  }
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
