import {expect, test} from '@jest/globals'
import type {ContainerInstance, PlacementConstraint} from '@aws-sdk/client-ecs'
import {seededRandom} from '../../../emulator/ids.ts'
import {ec2Capacity} from '../../../src/check/capacity/ec2-capacity.ts'
import {container, messages} from '../situation.ts'
import {instance, onInstances, seen} from './support.ts'

const random = seededRandom(11)
const upTo = (most: number): number => Math.floor(random() * (most + 1))
const oneOf = <T>(items: readonly T[]): T => items[upTo(items.length - 1)] as T

/** An instance as the test knows it, beside how ECS describes it. */
interface Known {
  cpu: number
  memory: number
  taken: string[]
  readonly isUsable: boolean
  readonly disk: string | undefined
  readonly zone: string
  readonly described: ContainerInstance
}

function randomInstance(index: number): Known {
  const [cpu, memory] = [upTo(4) * 256, upTo(5) * 512]
  const [tcp, udp] = [oneOf([['22'], ['22', '80']]), oneOf([[], ['53']])]
  const [disk, zone] = [oneOf(['ssd', 'hdd', undefined]), oneOf(['a', 'b'])]
  const [status, agentConnected] = [oneOf(['ACTIVE', 'ACTIVE', 'ACTIVE', 'DRAINING']), oneOf([true, true, true, false])]
  const attributes = [{name: 'zone', value: zone}, ...(disk === undefined ? [] : [{name: 'disk', value: disk}])]
  return {
    cpu,
    memory,
    taken: [...tcp.map(port => `${port}/tcp`), ...udp.map(port => `${port}/udp`)],
    isUsable: status === 'ACTIVE' && agentConnected,
    disk,
    zone,
    described: instance(String(index), {cpu, memory, ports: tcp, udp}, {status, agentConnected, attributes})
  }
}

/** Placement constraints, and what they mean. */
const CONSTRAINTS: readonly (readonly [PlacementConstraint[], (on: Known, tasks: number) => boolean])[] = [
  [[], () => true],
  [[{type: 'distinctInstance'}], (_, tasks) => tasks === 0],
  [[{type: 'memberOf', expression: 'attribute:disk == ssd'}], ({disk}) => disk === 'ssd'],
  [
    [{type: 'memberOf', expression: 'attribute:disk in [ssd, hdd] and attribute:zone != b'}],
    ({disk, zone}) => disk !== undefined && zone === 'a'
  ],
  [
    [{type: 'memberOf', expression: 'not(attribute:disk exists) or attribute:zone =~ a'}],
    ({disk, zone}) => disk === undefined || zone === 'a'
  ],
  [
    [{type: 'memberOf', expression: 'attribute:zone == b'}, {type: 'distinctInstance'}],
    ({zone}, tasks) => zone === 'b' && tasks === 0
  ]
]

const PORTS = [[], [{containerPort: 80, hostPort: 80}], [{containerPort: 53, hostPort: 53, protocol: 'udp'}]]

test('two thousand clusters: as many tasks fit as can be placed one by one', () => {
  const outcomes = new Map<string, number>()
  for (let number = 0; number < 2000; number += 1) {
    const known = Array.from({length: upTo(4)}, (_, index) => randomInstance(index))
    const [placementConstraints, allows] = oneOf(CONSTRAINTS)
    const [cpu, memory, portMappings] = [upTo(3) * 256, (1 + upTo(2)) * 512, oneOf(PORTS)]
    const desiredCount = 1 + upTo(3)
    const definition = onInstances({
      cpu: String(cpu),
      memory: String(memory),
      containerDefinitions: [container({portMappings})]
    })
    const instances = known.map(({described}) => described)
    const found = messages(ec2Capacity, seen({instances}, {definition, service: {desiredCount, placementConstraints}}))

    const ports = portMappings.map(
      ({hostPort, protocol = 'tcp'}: {hostPort: number; protocol?: string}) => `${hostPort}/${protocol}`
    )
    const tasks = new Map<Known, number>()
    let placed = 0
    for (; placed < desiredCount; placed += 1) {
      const host = known.find(
        on =>
          on.isUsable &&
          allows(on, tasks.get(on) ?? 0) &&
          on.cpu >= cpu &&
          on.memory >= memory &&
          !ports.some(port => on.taken.includes(port))
      )
      if (host === undefined) break
      host.cpu -= cpu
      host.memory -= memory
      host.taken.push(...ports)
      tasks.set(host, (tasks.get(host) ?? 0) + 1)
    }
    const fits =
      placed === desiredCount ? 'all' : placed === 0 ? 'none fits' : placed === 1 ? '1 fits' : `${placed} fit`
    const said = found[0] === undefined ? 'all' : /, (none fits|1 fits|\d fit),/.exec(found[0])?.[1]
    expect([said, number]).toEqual([fits, number])
    outcomes.set(fits, (outcomes.get(fits) ?? 0) + 1)
  }
  expect(Object.fromEntries(outcomes)).toEqual({
    all: expect.any(Number),
    'none fits': expect.any(Number),
    '1 fits': expect.any(Number),
    '2 fit': expect.any(Number),
    '3 fit': expect.any(Number)
  })
})
