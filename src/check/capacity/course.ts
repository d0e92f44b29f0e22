import type {Load} from './load.ts'
import {freedIn, placedIn, type Room, slotsIn} from './room.ts'

/** A container instance that may run the new tasks. */
export interface Host {
  readonly name: string
  readonly room: Room
  /** What the service's tasks take of it, the next one to go first. */
  readonly olds: readonly Load[]
}

/** What a deployment is to reach, within which bounds. */
export interface Demand {
  /** What each new task takes. */
  readonly load: Load
  /** How many new tasks there are to be. */
  readonly desired: number
  /** Old tasks, also those on other instances. */
  readonly oldTasks: number
  /** The fewest and the most tasks at a time. */
  readonly lower: number
  readonly upper: number
  /** Whether an instance takes one task of the service only, old or new (`distinctInstance`). */
  readonly isDistinct: boolean
}

/** How far a deployment gets on its container instances. */
export interface Course {
  /** New tasks that are started before an old one is stopped. */
  readonly first: number
  /** How many of them find room, and the instances with these on them. */
  readonly firstPlaced: number
  readonly firstHosts: readonly Host[]
  /** New tasks that find room in the end, with old ones stopped as the bounds allow, and the instances then. */
  readonly placed: number
  readonly hosts: readonly Host[]
}

/**
 * Packs the tasks of a deployment onto container instances. All new tasks are alike, so how many fit side by side is the sum
 * of what each instance takes, wherever ECS puts them. Then old tasks are stopped and new ones started in turns, first
 * where the fewest have to go for one more: exact where no new task takes more than an old one, and otherwise careful, so
 * that a deployment that only another order would bring to its end counts as stuck.
 */
export function courseOf(hosts: readonly Host[], demand: Demand): Course {
  const {desired, upper, lower} = demand
  const roll = new Roll(hosts, demand)
  const first = Math.min(desired, Math.max(0, upper - demand.oldTasks))
  roll.start(first)
  const [firstPlaced, firstHosts] = [roll.placed, roll.hosts]
  while (roll.placed < desired && roll.stop(roll.oldTasks + roll.placed - lower)) {
    roll.start(Math.min(desired - roll.placed, upper - roll.oldTasks - roll.placed))
  }
  return {first, firstPlaced, firstHosts, placed: roll.placed, hosts: roll.hosts}
}

/** The state of a deployment on its way. */
class Roll {
  readonly #demand: Demand
  #hosts: readonly (Host & {readonly news: number})[]
  placed = 0
  oldTasks: number

  constructor(hosts: readonly Host[], demand: Demand) {
    this.#demand = demand
    this.#hosts = hosts.map(host => ({...host, news: 0}))
    this.oldTasks = demand.oldTasks
  }

  get hosts(): readonly Host[] {
    return this.#hosts
  }

  /** Starts as many new tasks as find room, `most` at most. */
  start(most: number): void {
    let left = most
    this.#hosts = this.#hosts.map(host => {
      const tasks = Math.max(0, Math.min(left, this.#slots(host)))
      left -= tasks
      return {...host, room: placedIn(host.room, this.#demand.load, tasks), news: host.news + tasks}
    })
    this.placed += most - left
  }

  /**
   * Stops old tasks until there is room for one more new one; where there is room and only the maximum is in the way, any.
   * @param most how many may be stopped
   * @returns whether that is possible
   */
  stop(most: number): boolean {
    const costs = this.#hosts.map(host => this.#cost(host))
    const least = Math.min(...costs, Infinity)
    const isFull = this.#hosts.every(host => this.#slots(host) === 0)
    if (this.oldTasks === 0 || (isFull ? least : 1) > most) return false
    if (isFull || least === 1) this.#stopOn(costs.indexOf(least), least)
    else this.#stopAny(costs)
    return true
  }

  /** One that is on none of these instances, else one that makes no room or does so only with others. */
  #stopAny(costs: readonly number[]): void {
    const occupied = this.#hosts.flatMap(({olds}, at) => (olds.length > 0 ? [at] : []))
    const here = occupied.reduce((total, at) => total + (this.#hosts[at]?.olds.length ?? 0), 0)
    if (this.oldTasks > here) this.oldTasks -= 1
    else this.#stopOn(occupied.find(at => costs[at] === Infinity) ?? occupied[0] ?? 0, 1)
  }

  #stopOn(index: number, tasks: number): void {
    this.#hosts = this.#hosts.map((host, at) => (at === index ? without(host, tasks) : host))
    this.oldTasks -= tasks
  }

  /** How many old tasks have to go until one more new task fits. */
  #cost(host: Host & {readonly news: number}): number {
    const now = this.#slots(host)
    const tasks = host.olds.findIndex((_, index) => this.#slots(without(host, index + 1)) > now)
    return tasks < 0 ? Infinity : tasks + 1
  }

  #slots({room, olds, news}: Host & {readonly news: number}): number {
    const {load, isDistinct} = this.#demand
    if (isDistinct && olds.length + news > 0) return 0
    return Math.min(slotsIn(room, load), isDistinct ? 1 : Infinity)
  }
}

function without<H extends Host>(host: H, tasks: number): H {
  return {...host, room: host.olds.slice(0, tasks).reduce(freedIn, host.room), olds: host.olds.slice(tasks)}
}
