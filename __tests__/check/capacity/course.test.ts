import {expect, test} from '@jest/globals'
import {courseOf, type Demand, type Host} from '../../../src/check/capacity/course.ts'
import type {Load} from '../../../src/check/capacity/load.ts'
import {seededRandom} from '../../../emulator/ids.ts'

const random = seededRandom(7)
const upTo = (most: number): number => Math.floor(random() * (most + 1))
const oneOf = <T>(items: readonly T[]): T => items[upTo(items.length - 1)] as T

interface Cluster {
  readonly hosts: readonly Host[]
  readonly demand: Demand
  readonly old: Load
}

const randomLoad = (): Load => ({
  cpu: upTo(3),
  memory: 1 + upTo(3),
  ports: oneOf([[], [], ['80/tcp'], ['53/udp', '80/tcp']]),
  gpus: oneOf([0, 0, 0, 1])
})

/** Up to three instances with up to three old tasks, on which a service rolls as its percentages allow. */
function randomCluster(): Cluster {
  const load = randomLoad()
  const old = oneOf([load, randomLoad()])
  const hosts = Array.from({length: upTo(3)}, (_, index) => ({
    name: `i-${index}`,
    room: {cpu: upTo(6), memory: upTo(8), ports: new Set(oneOf([[], [], ['80/tcp'], ['22/tcp']])), gpus: upTo(2)},
    olds: Array.from({length: upTo(old.ports.length > 0 ? 1 : 3)}, () => old)
  })).map(host => (host.olds.length === 0 ? host : {...host, room: {...host.room, ports: new Set(old.ports)}}))
  const here = hosts.flatMap(({olds}) => olds).length
  const desired = 1 + upTo(3)
  const bounds = oneOf([
    {lower: desired, upper: 2 * desired},
    {lower: Math.ceil(desired / 2), upper: desired},
    {lower: Math.ceil(desired / 2), upper: Math.floor(1.5 * desired)},
    {lower: 0, upper: desired}
  ])
  const demand = {load, desired, oldTasks: here + oneOf([0, 0, 1]), isDistinct: oneOf([false, false, true]), ...bounds}
  return {hosts, demand, old}
}

/** Resources as plain counts, checked task by task: nothing of what is tested is used. */
interface Placement {
  readonly olds: readonly number[]
  readonly news: readonly number[]
  readonly elsewhere: number
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0)

/** Whether what is placed has room, with what was free and what the stopped old tasks gave back. */
function isPossible({hosts, demand, old}: Cluster, {olds, news}: Placement): boolean {
  return hosts.every((host, index) => {
    const [kept = 0, placed = 0] = [olds[index], news[index]]
    const gone = host.olds.length - kept
    const isWithin = (of: (load: Load) => number, free: number): boolean =>
      placed === 0 || placed * of(demand.load) <= free + gone * of(old)
    const taken = [...host.room.ports].filter(port => kept > 0 || host.olds.length === 0 || !old.ports.includes(port))
    const wanted = Array.from({length: placed}, () => demand.load.ports).flat()
    return (
      isWithin(({cpu}) => cpu, host.room.cpu) &&
      isWithin(({memory}) => memory, host.room.memory) &&
      isWithin(({gpus}) => gpus, host.room.gpus) &&
      new Set([...taken, ...wanted]).size === taken.length + wanted.length &&
      (!demand.isDistinct || placed === 0 || kept + placed <= 1)
    )
  })
}

/** Every state that any order of starts and stops leads to. */
function reachable(cluster: Cluster, mayStop: boolean): Placement[] {
  const {hosts, demand} = cluster
  const olds = hosts.map(host => host.olds.length)
  const seen = new Map<string, Placement>()
  const queue: Placement[] = [{olds, news: hosts.map(() => 0), elsewhere: demand.oldTasks - sum(olds)}]
  for (const state of queue) {
    const key = JSON.stringify(state)
    if (seen.has(key)) continue
    seen.set(key, state)
    const [placed, kept] = [sum(state.news), sum(state.olds) + state.elsewhere]
    const isRoom = placed < demand.desired && placed + kept < demand.upper
    const next = [...(isRoom ? started(state) : []), ...(mayStop && placed + kept > demand.lower ? stopped(state) : [])]
    queue.push(...next.filter(each => isPossible(cluster, each)))
  }
  return [...seen.values()]
}

function started(state: Placement): Placement[] {
  return state.news.map((count, at) => ({...state, news: state.news.with(at, count + 1)}))
}

function stopped(state: Placement): Placement[] {
  const here = state.olds.map((count, at) => ({...state, olds: state.olds.with(at, count - 1)}))
  const next = [...here, {...state, elsewhere: state.elsewhere - 1}]
  return next.filter(({olds, elsewhere}) => elsewhere >= 0 && olds.every(kept => kept >= 0))
}

const mostPlaced = (states: readonly Placement[]): number => Math.max(0, ...states.map(({news}) => sum(news)))

const isNoMore = (load: Load, than: Load): boolean =>
  load.cpu <= than.cpu &&
  load.memory <= than.memory &&
  load.gpus <= than.gpus &&
  load.ports.every(port => than.ports.includes(port))

const counts = {fits: 0, stuck: 0, careful: 0}

test('six thousand clusters: agrees with every order of starts and stops', () => {
  for (let number = 0; number < 6000; number += 1) {
    const cluster = randomCluster()
    const {hosts, demand, old} = cluster
    const course = courseOf(hosts, demand)
    const possible = mostPlaced(reachable(cluster, true))
    const shown = JSON.stringify(cluster, (_, value: unknown) => (value instanceof Set ? [...value] : value))
    // The tasks that come before any old one goes: exactly as many as there is room for.
    expect([course.firstPlaced, shown]).toEqual([mostPlaced(reachable(cluster, false)), shown])
    // Never more than some order of starts and stops can place.
    if (course.placed > possible) throw new Error(`${course.placed} placed, ${possible} possible: ${shown}`)
    // Fewer only where a new task takes more than an old one, or has an instance to itself on which there are several.
    const isExact = isNoMore(demand.load, old) && !(demand.isDistinct && hosts.some(({olds}) => olds.length > 1))
    if (isExact) expect([course.placed, shown]).toEqual([possible, shown])
    counts[course.placed === demand.desired ? 'fits' : possible === demand.desired ? 'careful' : 'stuck'] += 1
  }
})

test('the clusters are of every kind, and careful words are rare', () => {
  expect(counts.fits).toBeGreaterThan(1000)
  expect(counts.stuck).toBeGreaterThan(1000)
  expect(counts.careful).toBeLessThan(60)
})
