import type {JsonObject, JsonPath} from '../../definition/json.ts'
import {count, listed} from '../../workflow/text.ts'
import type {Host} from './course.ts'
import type {Lack} from './lack.ts'
import type {Load} from './load.ts'
import {type Shortage, shortageOf} from './room.ts'
import type {Scaling} from './scaling.ts'

/** What is lacking, why it matters and what to do. */
export function sentence(lack: Lack): string {
  return `The deployment of ${lack.service} ${need(lack)}, ${obstacle(lack)}: ${remedy(lack)}.`
}

function need({wanted, placed, load, isBeyond}: Lack): string {
  const found = placed === 0 ? 'none fits' : placed === 1 ? '1 fits' : `${placed} fit`
  return `needs ${wanted} × (${size(load)}) ${isBeyond ? 'beyond' : 'in place of'} what runs, ${found}`
}

/** `512 CPU, 1,024 MiB, port 80/tcp` */
function size({cpu, memory, ports, gpus}: Load): string {
  const parts = [
    `${amount(cpu)} CPU`,
    `${amount(memory)} MiB`,
    ...(gpus > 0 ? [count(gpus, 'GPU')] : []),
    ...ports.map(port => `port ${port}`)
  ]
  return parts.join(', ')
}

/** What the closest instance lacks, or why there is none. */
function obstacle(lack: Lack): string {
  const {hosts, cluster, providers, unmet} = lack
  const [closest, ...others] = [...hosts].sort((a, b) => distance(a, lack) - distance(b, lack))
  if (closest !== undefined) {
    const which = others.length === 0 && unmet.length === 0 ? 'the only instance' : 'the closest instance'
    return `and ${which}, ${closest.name}, ${lacks(closest, lack)}`
  }
  const where = providers.length === 0 ? cluster : `${listed(providers)} in ${cluster}`
  if (unmet.length === 0) return `as ${where} has no active container instance`
  const reasons = [...new Set(unmet)].map(reason => `${unmet.filter(other => other === reason).length} ${reason}`)
  return `as no container instance of ${where} takes them (${listed(reasons, 3)})`
}

function lacks({room, olds}: Host, {load, isDistinct}: Lack): string {
  const {cpu, memory, ports, gpus} = shortageOf(room, load)
  const amounts = [
    ...(cpu > 0 ? [`${amount(cpu)} CPU`] : []),
    ...(memory > 0 ? [`${amount(memory)} MiB`] : []),
    ...(gpus > 0 ? [count(gpus, 'GPU')] : [])
  ]
  const reasons = [
    ...(amounts.length > 0 ? [`lacks ${listed(amounts)}`] : []),
    ...(ports.length > 0 ? [`has the port ${listed(ports)} taken`] : [])
  ]
  if (reasons.length > 0) return listed(reasons)
  if (isDistinct) return 'runs a task of the service already (distinctInstance)'
  return olds.length > 0 ? 'takes none before an old task has gone' : 'takes no more'
}

/** How far from taking one more task: each kind of thing that is short counts more than any share of it. */
function distance({room}: Host, {load}: Lack): number {
  const short: Shortage = shortageOf(room, load)
  const shares = [
    load.cpu > 0 ? short.cpu / load.cpu : 0,
    load.memory > 0 ? short.memory / load.memory : 0,
    load.gpus > 0 ? short.gpus / load.gpus : 0,
    short.ports.length
  ]
  return shares.reduce((sum, share) => sum + share + (share > 0 ? 10 : 0), 0)
}

function remedy({hosts, isComplete, isTooLarge, scaling, minimum, isDistinct}: Lack): string {
  if (isTooLarge) {
    return 'no instance that there is takes the task even when it is empty, so take larger ones or let the task ask for less'
  }
  if (scaling !== undefined) return scalingWords(scaling)
  const first =
    minimum === undefined ? '' : `, or lower the minimum healthy percent to ${minimum}, so that old tasks go first`
  if (isComplete) {
    return `ECS goes on as old tasks make room, which takes longer, and each task that finds none counts as failed for the circuit breaker, so add container instances${first}`
  }
  const less = isDistinct || hosts.length === 0 ? '' : ', or let the task ask for less'
  return `without room the deployment does not come to its end, so add container instances${first === '' ? less : first}`
}

function scalingWords({providers, instances}: Scaling): string {
  const started = instances === undefined ? 'instances' : count(instances, 'instance')
  const groups = providers.length > 1 ? 'their Auto Scaling groups' : 'its Auto Scaling group'
  return (
    `the managed scaling of ${listed(providers)} starts ${started} for the tasks that wait, if the maximum of ${groups} ` +
    'allows that, and the deployment takes some minutes longer'
  )
}

/** The member of the definition that asks for what the closest instance lacks; `undefined` for none of it. */
export function pathOf({hosts, load}: Lack, json: JsonObject): JsonPath | undefined {
  const short = hosts.map(({room}) => shortageOf(room, load))
  if (short.length === 0) return undefined
  const member = short.every(({memory}) => memory > 0) ? 'memory' : short.every(({cpu}) => cpu > 0) ? 'cpu' : undefined
  if (member === undefined) return undefined
  return json[member] === undefined ? ['containerDefinitions', 0, member] : [member]
}

/** `1,024` */
function amount(number: number): string {
  return number.toLocaleString('en-GB')
}
