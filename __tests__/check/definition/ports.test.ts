import {portMappings, portsTwice} from '../../../src/check/definition/ports.ts'
import type {JsonObject} from '../../../src/definition/json.ts'
import {ec2WithContainers, finds, withContainers} from './support.ts'

const ports = (...mappings: readonly JsonObject[]): JsonObject => ({portMappings: mappings})
const at = (member: string, line: number): string =>
  `\`containerDefinitions[0].portMappings[0]${member}\` (task-definition.json, line ${line})`

finds(
  portMappings,
  [
    [
      withContainers(ports({containerPort: 8080, hostPort: 80})),
      `${at('.hostPort', 17)} is 80, but with the \`networkMode\` \`awsvpc\` it can only be the \`containerPort\`, 8080: leave it out.`
    ],
    [
      {...ec2WithContainers(ports({containerPort: 8080, hostPort: 80})), networkMode: 'host'},
      `${at('.hostPort', 11)} is 80, but with the \`networkMode\` \`host\` it can only be the \`containerPort\`, 8080: leave it out.`
    ],
    [
      ec2WithContainers(ports({containerPort: 0, hostPort: 70000})),
      `${at('.containerPort', 10)} is 0, but ECS takes 1 to 65535 there: correct it.`,
      `${at('.hostPort', 11)} is 70000, but ECS takes 0 to 65535 there: correct it.`
    ],
    [
      {...ec2WithContainers(ports({containerPort: 80})), networkMode: 'none'},
      `${at('', 9)} maps a port, but the \`networkMode\` is \`none\`: remove one of the two.`
    ],
    [
      withContainers(ports({containerPort: 80, name: 'HTTP'})),
      `${at('.name', 17)} is \`HTTP\`, but the name of a port has up to 64 lower-case letters, digits, \`_\` and \`-\`, and begins with no \`-\`: correct it.`
    ],
    ...['8000', '8010-8000', '0-10', '65000-65536', '8000-8000'].map(
      range =>
        [
          withContainers(ports({containerPortRange: range})),
          `${at('.containerPortRange', 16)} is \`${range}\`, but a range goes from a lower to a higher port, such as \`8000-8010\`: correct it.`
        ] as const
    ),
    [
      {...ec2WithContainers(ports({containerPortRange: '8000-8010'})), networkMode: 'host'},
      `${at('.containerPortRange', 10)} is \`8000-8010\`, but the \`networkMode\` \`host\` has no ranges of ports: map each port.`
    ]
  ],
  [
    withContainers(ports({containerPort: 8080, hostPort: 8080, name: 'http_1-x'}, {containerPort: 81, hostPort: 0})),
    withContainers(ports({containerPortRange: '8000-8010'})),
    ec2WithContainers(ports({containerPort: 8080, hostPort: 80}), ports({containerPort: 8080, hostPort: 0})),
    {...ec2WithContainers(ports()), networkMode: 'none'}
  ]
)

finds(
  portsTwice,
  [
    [
      withContainers(ports({containerPort: 53}, {containerPort: 53, protocol: 'udp'})),
      '`containerDefinitions[0].portMappings[1].containerPort` (task-definition.json, line 19) is 53, which this container maps already; by its documentation ECS takes a port of a container once, also with another protocol: remove one of the two if it refuses.'
    ],
    [
      withContainers(ports({containerPort: 80}), ports({containerPort: 80})),
      '`containerDefinitions[1].portMappings[0].containerPort` (task-definition.json, line 25) is 80, which another container has already, and with this `networkMode` all containers of a task share their ports, so that one of them may not start: change one.'
    ],
    [
      ec2WithContainers(ports({containerPort: 80, hostPort: 80}), ports({containerPort: 8080, hostPort: 80})),
      '`containerDefinitions[1].portMappings[0].hostPort` (task-definition.json, line 21) is 80, which another container has already, and a port of a container instance is there once, so that one of them may not start: change one.'
    ],
    [
      ec2WithContainers(ports({containerPort: 22, hostPort: 22})),
      '`containerDefinitions[0].portMappings[0].hostPort` (task-definition.json, line 11) is 22, which container instances keep for SSH, Docker or ECS unless they are set up otherwise: choose another.'
    ]
  ],
  [
    withContainers(ports({containerPort: 80}, {containerPort: 81}), ports({containerPort: 80, protocol: 'udp'})),
    withContainers(ports({containerPort: 22, hostPort: 22})),
    ec2WithContainers(ports({containerPort: 80}), ports({containerPort: 80})),
    ec2WithContainers(
      ports({containerPort: 22}),
      ports({containerPort: 8081, hostPort: 0}, {containerPortRange: '1-2'})
    )
  ]
)
