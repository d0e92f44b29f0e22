import {containerMemory, containersFit, smallMemory, taskSize} from '../../../src/check/definition/memory.ts'
import {fargate} from '../situation.ts'
import {ec2, ec2WithContainers, finds, withContainers} from './support.ts'

const NO_MEMORY = {...ec2(), memory: ''}

finds(
  taskSize,
  [
    [
      fargate({cpu: '256m', memory: '512 MB'}),
      '`cpu` (task-definition.json, line 7) is "256m", which ECS cannot read: write it like "256" for CPU units or "0.25 vCPU".',
      '`memory` (task-definition.json, line 8) is "512 MB", which ECS cannot read: write it like "512" for MiB or "0.5 GB".'
    ],
    [
      ec2({cpu: '64', memory: '0'}),
      '`cpu` (task-definition.json, line 15) is "64", but ECS takes no task below 128: raise it.',
      '`memory` (task-definition.json, line 3) is "0", but ECS takes no task below 1: raise it.'
    ]
  ],
  [
    ec2(),
    ec2({cpu: '128', memory: '0.5GB'}),
    ec2({cpu: '2 vCPU'}),
    ec2({cpu: '64', runtimePlatform: {operatingSystemFamily: 'WINDOWS_SERVER_2022_CORE'}}),
    NO_MEMORY
  ]
)

finds(
  containerMemory,
  [
    [
      NO_MEMORY,
      'The container `app` (task-definition.json, line 5) has neither `memory` nor `memoryReservation`, and the task as a whole has no `memory`, of which ECS needs one: add it in MiB.'
    ],
    [
      withContainers({memory: 128, memoryReservation: 256}),
      '`containerDefinitions[0].memory` (task-definition.json, line 19) is 128, less than the `memoryReservation` of 256, but it is the upper limit of the two: raise it.'
    ]
  ],
  [
    ec2(),
    ec2({memory: 512}),
    // There the task's is missing, whatever the containers have.
    fargate({memory: ''}),
    withContainers({memory: 256, memoryReservation: 128}, {memory: 128}),
    {...ec2WithContainers({memory: 128}, {memoryReservation: 128}), memory: ''}
  ]
)

finds(
  smallMemory,
  [
    [
      withContainers({memory: 4, memoryReservation: 4}),
      '`containerDefinitions[0].memory` (task-definition.json, line 19) is 4, but Docker needs at least 6 MiB for a container: raise it.',
      '`containerDefinitions[0].memoryReservation` (task-definition.json, line 20) is 4, but Docker needs at least 6 MiB for a container: raise it.'
    ],
    [
      withContainers({memory: 128, memoryReservation: 128}),
      '`containerDefinitions[0].memoryReservation` (task-definition.json, line 20) is 128 like `memory`, which by its documentation has to be more: leave `memoryReservation` out.'
    ]
  ],
  [ec2(), withContainers({memory: 6}), withContainers({memory: 128, memoryReservation: 64})]
)

finds(
  containersFit,
  [
    [
      withContainers({cpu: 512, memory: 1024}),
      '`containerDefinitions[0].memory` (task-definition.json, line 20) is 1024 MiB, more than the `memory` of the task, 512: lower it, or raise that.',
      '`containerDefinitions[0].cpu` (task-definition.json, line 19) is 512 CPU units, more than the `cpu` of the task, 256: lower it, or raise that.'
    ],
    [
      withContainers({cpu: 128, memory: 256}, {cpu: 192, memory: 512, memoryReservation: 300}),
      '`memory` (task-definition.json, line 8) is 512 MiB, but the containers take 556 together: raise it, or lower theirs.',
      '`cpu` (task-definition.json, line 7) is 256 CPU units, but the containers take 320 together: raise it, or lower theirs.'
    ]
  ],
  [
    withContainers({cpu: 256, memory: 512}),
    // What counts is what is reserved.
    withContainers({cpu: 128, memory: 512, memoryReservation: 256}, {cpu: 128, memory: 512, memoryReservation: 256}),
    {...ec2WithContainers({cpu: 4096, memory: 4096}), memory: ''},
    {...withContainers({cpu: 4096}), runtimePlatform: {operatingSystemFamily: 'WINDOWS_SERVER_2022_CORE'}}
  ]
)
