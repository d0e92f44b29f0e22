import {readFile} from 'node:fs/promises'
import {expect, test} from '@jest/globals'
import {parse} from 'yaml'
import {setEnvironment} from '../../src/definition/environment.ts'
import {fillVariables} from '../../src/definition/variables.ts'
import {readInputs} from '../../src/workflow/inputs.ts'
import {definition} from './support.ts'

test('the example in docs/configuration.md does what the page says', async () => {
  const page = await readFile(new URL('../../docs/configuration.md', import.meta.url), 'utf8')
  const [, workflow = ''] = /```yaml\n([\s\S]*?)```/.exec(page) ?? []
  const [, file = ''] = /```json\n([\s\S]*?)```/.exec(page) ?? []
  const [step] = parse(workflow.replaceAll(/\$\{\{.*?\}\}/g, 'prod')) as [{with: Record<string, string>}]
  const inputs = Object.entries(step.with).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value])
  const {variables, containerSettings} = readInputs(Object.fromEntries(inputs) as Record<string, string>)

  const filled = fillVariables(definition(file), variables)
  expect(filled.failures).toEqual([])
  expect([...filled.used].sort()).toEqual(variables.map(({name}) => name).sort())
  expect(setEnvironment(filled.definition, containerSettings, ['app']).json).toEqual({
    family: 'web-prod',
    executionRoleArn: 'arn:aws:iam::prod:role/web-execution',
    containerDefinitions: [
      {
        name: 'app',
        portMappings: [{containerPort: 8080}],
        command: ['sh', '-c', 'exec web --home=${HOME}'],
        environment: [
          {name: 'GREETING', value: 'Hello ${user}'},
          {name: 'LOG_LEVEL', value: 'debug'}
        ],
        secrets: [
          {
            name: 'DATABASE_URL',
            valueFrom: 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:web-AbCdEf:url::'
          }
        ]
      }
    ]
  })
})
