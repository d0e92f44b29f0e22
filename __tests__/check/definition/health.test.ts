import {expect, test} from '@jest/globals'
import {healthCheck, healthCheckCommand} from '../../../src/check/definition/health.ts'
import type {JsonObject} from '../../../src/definition/json.ts'
import {situation} from '../situation.ts'
import {finds, withContainers} from './support.ts'

const check = (command: readonly string[], members: JsonObject = {}): JsonObject =>
  withContainers({healthCheck: {command, ...members}})
const COMMAND = '`containerDefinitions[0].healthCheck.command` (task-definition.json, line 20)'
const outside = (member: string, line: number, value: number, range: string): string =>
  `\`containerDefinitions[0].healthCheck.${member}\` (task-definition.json, line ${line}) is ${value}, but ECS takes ${range} there: correct it.`

finds(
  healthCheck,
  [
    [
      check(['CMD', 'true'], {interval: 4, timeout: 61, retries: 0, startPeriod: 301}),
      outside('interval', 24, 4, '5 to 300 seconds'),
      outside('timeout', 25, 61, '2 to 60 seconds'),
      outside('retries', 26, 0, '1 to 10'),
      outside('startPeriod', 27, 301, '0 to 300 seconds')
    ]
  ],
  [
    check(['CMD-SHELL', 'exit 0'], {interval: 5, timeout: 60, retries: 10, startPeriod: 0}),
    check(['CMD', 'true'], {interval: 300, timeout: 2, retries: 1, startPeriod: 300}),
    check(['NONE']),
    withContainers({})
  ]
)

test('a command is not shown, there may be a password in it', () => {
  const found = [healthCheck, healthCheckCommand].flatMap(({run}) => [
    ...run(situation({definition: check(['redis-cli -a hunter2 ping'])})),
    ...run(situation({definition: check(['CMD', 'redis-cli -a hunter2 ping'])})),
    ...run(situation({definition: check(['CMD-SHELL', 'redis-cli', '-a', 'hunter2'])}))
  ])
  expect(found).toHaveLength(3)
  expect(JSON.stringify(found)).not.toContain('hunter2')
})

finds(
  healthCheckCommand,
  [
    ...[['curl -f http://localhost/'], [], ['cmd', 'true']].map(
      command =>
        [
          check(command),
          `${COMMAND} begins with neither \`CMD\` nor \`CMD-SHELL\`, which say how ECS runs it, so that it may never succeed: put one of them first.`
        ] as const
    ),
    ...[
      ['CMD', 'curl -f http://localhost/ || exit 1'],
      ['CMD', 'curl', '-f', 'http://localhost/', '||', 'exit', '1']
    ].map(
      command =>
        [
          check(command),
          `${COMMAND} has a command line behind \`CMD\`, where no shell reads it, so that the container stays unhealthy: write \`CMD-SHELL\`.`
        ] as const
    ),
    [
      check(['CMD-SHELL', 'curl', '-f', 'http://localhost/']),
      `${COMMAND} has 3 texts behind \`CMD-SHELL\`, of which the shell runs only the first: write them as one.`
    ]
  ],
  [
    check(['CMD-SHELL', 'curl -f http://localhost/ || exit 1']),
    check(['CMD', 'wget', '--spider', 'http://localhost/']),
    check(['CMD', '/healthy']),
    check(['/healthcheck']),
    check(['NONE'])
  ]
)
