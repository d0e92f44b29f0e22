import {describe, expect, test} from '@jest/globals'
import {fillVariables, unusedVariables} from '../../src/definition/variables.ts'
import {definition} from './support.ts'

/** `NAME=value` texts as the input has them. */
function variables(...lines: readonly string[]) {
  return lines.map(line => ({name: line.slice(0, line.indexOf('=')), value: line.slice(line.indexOf('=') + 1)}))
}

function filled(json: object, ...lines: readonly string[]) {
  return fillVariables(definition(JSON.stringify(json)), variables(...lines)).definition.json
}

/** What is told of the definition with this container, by the lines of `variables`. */
function failures(container: object, ...lines: readonly string[]) {
  const text = JSON.stringify({family: 'web', containerDefinitions: [{name: 'web', ...container}]}, undefined, 1)
  return fillVariables(definition(text), variables(...lines)).failures
}

describe('what is filled in', () => {
  test('placeholders in values, several in one, at any depth', () => {
    const json = {
      family: 'web-${STAGE}',
      executionRoleArn: 'arn:aws:iam::${ACCOUNT}:role/${STAGE}-execution',
      containerDefinitions: [{name: 'web', environment: [{name: 'A', value: '${STAGE}${STAGE}'}]}]
    }
    expect(filled(json, 'STAGE=prod', 'ACCOUNT=111122223333')).toEqual({
      family: 'web-prod',
      executionRoleArn: 'arn:aws:iam::111122223333:role/prod-execution',
      containerDefinitions: [{name: 'web', environment: [{name: 'A', value: 'prodprod'}]}]
    })
  })

  test('nothing without variables, not even what is written for a text that stays', () => {
    const json = {family: '${FAMILY}', containerDefinitions: [{name: 'web', command: ['$${HOME}']}]}
    const {definition: same, failures} = fillVariables(definition(JSON.stringify(json)), [])
    expect([same.json, failures]).toEqual([json, []])
  })

  test('no names of members, and nothing that is no placeholder', () => {
    const json = {family: 'web', x: {'${A}': '$A ${1} ${{ secrets.A }} {A} %A% ${}'}}
    expect(filled(json, 'A=b')).toEqual(json)
  })

  test('`$${` becomes `${`, whether there is a variable of the name or not', () => {
    expect(filled({family: '$${A}-$${B}-$${C:-d}-${A}'}, 'A=x')).toEqual({family: '${A}-${B}-${C:-d}-x'})
  })

  test('what is filled in is not looked through again, and is taken as it is', () => {
    expect(filled({family: '${A}${B}'}, 'A=${B}$&$1', 'B=$${A}"\\n')).toEqual({family: '${B}$&$1$${A}"\\n'})
  })

  test('an empty value', () => {
    expect(filled({family: 'web${SUFFIX}'}, 'SUFFIX=')).toEqual({family: 'web'})
  })

  test('upper and lower case are different', () => {
    expect(filled({containerDefinitions: [{command: ['${a}${A}']}]}, 'A=1')).toEqual({
      containerDefinitions: [{command: ['${a}1']}]
    })
  })

  test('the place in the file stays known', () => {
    const before = definition('{\n "family": "web",\n "cpu": "${CPU}"\n}')
    expect(fillVariables(before, variables('CPU=256')).definition.locate(['cpu'])).toMatchObject({line: 3, column: 9})
  })
})

describe('a value that is one placeholder and nothing else', () => {
  const port = (containerPort: unknown) => ({containerDefinitions: [{portMappings: [{containerPort}]}]})

  test('becomes a number where ECS takes one', () => {
    expect(filled(port('${PORT}'), 'PORT=8080')).toEqual(port(8080))
  })

  test.each(['', 'http', '80a', '1e3', '0x10', ' 80', '9007199254740993'])(
    'stays the text %p, which is none',
    value => {
      expect(filled(port('${PORT}'), `PORT=${value}`)).toEqual(port(value))
    }
  )

  test('stays a text beside other characters', () => {
    expect(filled(port('${PORT}0'), 'PORT=808')).toEqual(port('8080'))
  })

  test('becomes a boolean where ECS takes one', () => {
    const json = (essential: unknown) => ({containerDefinitions: [{essential}]})
    expect(filled(json('${ESSENTIAL}'), 'ESSENTIAL=false')).toEqual(json(false))
    expect(filled(json('${ESSENTIAL}'), 'ESSENTIAL=False')).toEqual(json('False'))
  })

  test('stays a text where ECS takes one, and where the SDK knows nothing', () => {
    const json = (value: unknown) => ({
      cpu: value,
      unknown: {member: value},
      containerDefinitions: [{environment: [{name: 'PORT', value}], dockerLabels: {port: value}}]
    })
    expect(filled(json('${CPU}'), 'CPU=256')).toEqual(json('256'))
  })
})

describe('what is not filled in', () => {
  test('is told with its place and the nearest name', () => {
    const [failure, ...others] = failures({environment: [{name: 'A', value: '${DATABSE_URL}'}]}, 'DATABASE_URL=x')
    expect(failure).toMatchObject({
      message:
        '`containerDefinitions[0].environment[0].value` (task-definition.json, line 9) has the placeholder `${DATABSE_URL}`, but the input `variables` has no `DATABSE_URL`: correct it to `${DATABASE_URL}`, add the variable, or write `$${DATABSE_URL}` where the text is meant as it is.',
      place: {file: 'task-definition.json', line: 9}
    })
    expect(others).toEqual([])
  })

  test('is told with what to add where no name is near', () => {
    expect(failures({user: '${USER_ID}'}, 'STAGE=prod')).toMatchObject([
      {
        message:
          '`containerDefinitions[0].user` (task-definition.json, line 6) has the placeholder `${USER_ID}`, but the input `variables` has no `USER_ID`: add the variable, or write `$${USER_ID}` where the text is meant as it is.',
        fix: 'with:\n  variables: |\n    USER_ID=…'
      }
    ])
  })

  test('is told once for each name, with all lines', () => {
    const container = {user: '${A}', workingDirectory: '${A}', hostname: '${A}${B}'}
    const messages = failures(container, 'C=x').map(({message}) => message.replace(/, but .*/, ''))
    expect(messages).toEqual([
      '`containerDefinitions[0].user` (task-definition.json, line 6, also lines 7 and 8) has the placeholder `${A}`',
      '`containerDefinitions[0].hostname` (task-definition.json, line 8) has the placeholder `${B}`'
    ])
  })

  test('is told of what is like a placeholder, without showing the default value', () => {
    const [failure] = failures({environment: [{name: 'A', value: '${PASSWORD:-hunter2}'}]}, 'PASSWORD=x')
    expect(failure?.message).toBe(
      '`containerDefinitions[0].environment[0].value` (task-definition.json, line 9) has `${PASSWORD` without `}` right behind the name, which is not filled in: write `${PASSWORD}`, for there are no defaults, or `$${PASSWORD` where the text is meant as it is.'
    )
  })

  test.each([
    ['command', {command: ['sh', '-c', 'exec web --port=${PORT:-80} $${HOME} ${HOME} ${STAGE}']}],
    ['entryPoint', {entryPoint: ['sh', '-c', 'exec web --port=${PORT:-80} $${HOME} ${HOME} ${STAGE}']}],
    ['healthCheck.command', {healthCheck: {command: ['CMD-SHELL', '${PORT:-80} $${HOME} ${HOME} ${STAGE}']}}]
  ])('stays in %s, where a shell fills it in', (_, container) => {
    expect(failures(container, 'STAGE=prod')).toEqual([])
    const json = filled({containerDefinitions: [container]}, 'STAGE=prod')
    expect(JSON.stringify(json)).toContain('${PORT:-80} ${HOME} ${HOME} prod')
  })

  test('stays in an image, which the release replaces', () => {
    expect(failures({image: '${IMAGE}:${TAG}'}, 'TAG=1')).toEqual([])
    expect(filled({containerDefinitions: [{image: '${IMAGE}:${TAG}'}]}, 'TAG=1')).toEqual({
      containerDefinitions: [{image: '${IMAGE}:1'}]
    })
  })

  test('does not stay in a label that is called like a command', () => {
    expect(failures({dockerLabels: {command: '${A}'}}, 'B=x')).toHaveLength(1)
  })
})

describe('variables that nothing uses', () => {
  const one = definition('{"family": "${A}"}')
  const other = {...definition('{"family": "${B}"}'), name: 'worker.json'}
  const given = variables('A=1', 'B=2', 'C=3')

  test('are told once, for all files together', () => {
    const all = [one, other].map(definition => fillVariables(definition, given))
    expect(unusedVariables(given, all)).toEqual([
      'The input `variables` has `C`, but there is no `${C}` in task-definition.json and worker.json: remove it, or correct one of the two names.'
    ])
  })

  test('are not those that are in a command, and are those that are a text only', () => {
    const all = [definition('{"containerDefinitions": [{"command": ["${A}"], "user": "$${B}"}]}')]
    const unused = unusedVariables(
      variables('A=1', 'B=2'),
      all.map(definition => fillVariables(definition, variables('A=1', 'B=2')))
    )
    expect(unused).toHaveLength(1)
    expect(unused[0]).toContain('has `B`')
  })
})
