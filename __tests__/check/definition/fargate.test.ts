import type {Service} from '@aws-sdk/client-ecs'
import {expect, test} from '@jest/globals'
import {
  fargateNetworkMode,
  fargateRefused,
  fargateSize,
  fargateUnsupported
} from '../../../src/check/definition/fargate.ts'
import {fargate, messages, situation} from '../situation.ts'
import {ec2, ec2WithContainers, finds, withContainers} from './support.ts'

const WINDOWS = {runtimePlatform: {operatingSystemFamily: 'WINDOWS_SERVER_2022_CORE', cpuArchitecture: 'X86_64'}}

finds(
  fargateSize,
  [
    [
      fargate({cpu: '256', memory: '4096'}),
      '`memory` (task-definition.json, line 8) is 4096, but with a `cpu` of 256 Fargate has 512, 1024 and 2048 MiB: change one of the two.'
    ],
    [
      fargate({cpu: '1 vCPU', memory: '1 GB'}),
      '`memory` (task-definition.json, line 8) is 1 GB, but with a `cpu` of 1024 Fargate has 2048 to 8192 MiB in steps of 1024: change one of the two.'
    ],
    [
      fargate({cpu: '8192', memory: '17408'}),
      '`memory` (task-definition.json, line 8) is 17408, but with a `cpu` of 8192 Fargate has 16384 to 61440 MiB in steps of 4096: change one of the two.'
    ],
    [
      fargate({cpu: '1000', memory: '2048'}),
      '`cpu` (task-definition.json, line 7) is 1000, but Fargate has only the sizes 256, 512, 1024, 2048, 4096, 8192, 16384 and 32768: choose one of them.'
    ],
    [
      fargate({cpu: '512', memory: '1024', ...WINDOWS}),
      '`cpu` (task-definition.json, line 7) is 512, but Fargate has for Windows only the sizes 1024, 2048 and 4096: choose one of them.'
    ],
    [
      fargate({cpu: '', memory: ''}),
      'The task definition (task-definition.json) has no `cpu` for the task as a whole, which Fargate needs: add it beside `family`.',
      'The task definition (task-definition.json) has no `memory` for the task as a whole, which Fargate needs: add it beside `family`.'
    ]
  ],
  [
    ...[
      ['256', '512'],
      ['.5 vCPU', '4 GB'],
      ['4096', '30720'],
      ['8192', '20480'],
      ['16384', '122880'],
      ['32768', '249856'],
      // AWS may have larger ones by then.
      ['65536', '249856'],
      ['32768', '500000']
    ].map(([cpu = '', memory = '']) => fargate({cpu, memory})),
    fargate({cpu: '1024', memory: '2048', ...WINDOWS}),
    // It is told as a value of another type.
    fargate({cpu: 256}),
    ec2({cpu: '100', memory: '100'})
  ]
)

finds(
  fargateNetworkMode,
  [
    [
      fargate({networkMode: 'bridge'}),
      '`networkMode` (task-definition.json, line 6) is `bridge`, but Fargate runs only `awsvpc`: set it.'
    ],
    [
      fargate({networkMode: ''}),
      'The task definition (task-definition.json) has no `networkMode`, but Fargate runs only `awsvpc`: set it.'
    ]
  ],
  [fargate(), ec2()]
)

const REFUSED = 'which Fargate refuses: remove it, or run the service on EC2.'

finds(
  fargateRefused,
  [
    [fargate({pidMode: 'host'}), `\`pidMode\` (task-definition.json, line 21) is \`host\`, ${REFUSED}`],
    [fargate({ipcMode: 'task'}), `\`ipcMode\` (task-definition.json, line 21) is set, ${REFUSED}`],
    [
      fargate({placementConstraints: [{type: 'memberOf', expression: 'attribute:x == y'}]}),
      `\`placementConstraints\` (task-definition.json, line 21) is set, ${REFUSED}`
    ],
    [
      fargate({volumes: [{name: 'data', host: {sourcePath: '/data'}}]}),
      `\`volumes[0].host.sourcePath\` (task-definition.json, line 25) is set, ${REFUSED}`
    ],
    [
      fargate({volumes: [{name: 'data', dockerVolumeConfiguration: {scope: 'task'}}]}),
      `\`volumes[0].dockerVolumeConfiguration\` (task-definition.json, line 24) is set, ${REFUSED}`
    ],
    ...['disableNetworking', 'privileged'].map(
      member =>
        [
          withContainers({[member]: true}),
          `\`containerDefinitions[0].${member}\` (task-definition.json, line 19) is set, ${REFUSED}`
        ] as const
    ),
    ...['dockerSecurityOptions', 'links'].map(
      member =>
        [
          withContainers({[member]: ['db']}),
          `\`containerDefinitions[0].${member}\` (task-definition.json, line 19) is set, ${REFUSED}`
        ] as const
    ),
    [
      withContainers({resourceRequirements: [{type: 'GPU', value: '1'}]}),
      `\`containerDefinitions[0].resourceRequirements[0].type\` (task-definition.json, line 21) is \`GPU\`, ${REFUSED}`
    ]
  ],
  [
    fargate({pidMode: 'task', placementConstraints: [], volumes: [{name: 'data', host: {}}]}),
    withContainers({privileged: false, disableNetworking: false, links: [], dockerSecurityOptions: []}),
    ec2WithContainers({privileged: true, links: ['db']})
  ]
)

const UNSUPPORTED =
  'which Fargate does not support as far as its documentation says, so that ECS may refuse the definition: remove it if it does.'

finds(
  fargateUnsupported,
  [
    [
      withContainers({
        dnsServers: ['10.0.0.2'],
        dnsSearchDomains: ['local'],
        extraHosts: [{hostname: 'a', ipAddress: '1'}]
      }),
      `\`containerDefinitions[0].dnsServers\` (task-definition.json, line 19) is set, ${UNSUPPORTED}`,
      `\`containerDefinitions[0].dnsSearchDomains\` (task-definition.json, line 22) is set, ${UNSUPPORTED}`,
      `\`containerDefinitions[0].extraHosts\` (task-definition.json, line 25) is set, ${UNSUPPORTED}`
    ],
    [
      withContainers({
        linuxParameters: {devices: [{hostPath: '/dev/x'}], maxSwap: 0, swappiness: 60, sharedMemorySize: 64}
      }),
      `\`containerDefinitions[0].linuxParameters.devices\` (task-definition.json, line 20) is set, ${UNSUPPORTED}`,
      `\`containerDefinitions[0].linuxParameters.maxSwap\` (task-definition.json, line 25) is set, ${UNSUPPORTED}`,
      `\`containerDefinitions[0].linuxParameters.sharedMemorySize\` (task-definition.json, line 27) is set, ${UNSUPPORTED}`,
      `\`containerDefinitions[0].linuxParameters.swappiness\` (task-definition.json, line 26) is set, ${UNSUPPORTED}`
    ],
    [
      withContainers({linuxParameters: {capabilities: {add: ['SYS_PTRACE', 'NET_ADMIN']}}}),
      `\`containerDefinitions[0].linuxParameters.capabilities.add[1]\` (task-definition.json, line 23) is \`NET_ADMIN\`, ${UNSUPPORTED}`
    ]
  ],
  [
    withContainers({linuxParameters: {initProcessEnabled: true, capabilities: {add: ['SYS_PTRACE'], drop: ['ALL']}}}),
    ec2WithContainers({linuxParameters: {maxSwap: 0}, dnsServers: ['10.0.0.2']})
  ]
)

test.each<[service: Service, isFargate: boolean]>([
  [{launchType: 'FARGATE'}, true],
  [{launchType: 'EC2', capacityProviderStrategy: [{capacityProvider: 'FARGATE_SPOT'}]}, true],
  [{launchType: 'EC2', capacityProviderStrategy: [{capacityProvider: 'instances'}]}, false]
])('a definition that does not say where it runs suits the service: %j', (service, isFargate) => {
  expect(messages(fargateNetworkMode, situation({definition: ec2(), service})).length > 0).toBe(isFargate)
})

test('without a service the definition speaks for itself', () => {
  expect(messages(fargateNetworkMode, situation({definition: ec2(), service: null}))).toEqual([])
  expect(
    messages(fargateNetworkMode, situation({definition: fargate({networkMode: 'host'}), service: null}))
  ).toHaveLength(1)
})
