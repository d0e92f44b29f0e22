import {describe, expect, test} from '@jest/globals'
import {readContainerSettings, readVariables} from '../../src/workflow/container-settings.ts'
import {failureOf} from '../definition/support.ts'

const settings = (environment: string, secrets = '', env = {}) => readContainerSettings({environment, secrets}, env)
const SECRET = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:web-AbCdEf'

describe('variables', () => {
  test('are names and values, the first `=` between them, white space around them left out', () => {
    const text = 'STAGE=prod\n\n  URL = https://example.com/?a=b  \r\nEMPTY=\n_X1=${STAGE}'
    expect(readVariables(text, {})).toEqual([
      {name: 'STAGE', value: 'prod'},
      {name: 'URL', value: 'https://example.com/?a=b'},
      {name: 'EMPTY', value: ''},
      {name: '_X1', value: '${STAGE}'}
    ])
  })

  test('without a value are environment variables, as they are', () => {
    expect(readVariables('KEY', {KEY: ' two\nlines '})).toEqual([{name: 'KEY', value: ' two\nlines '}])
  })

  test.each([{}, {KEY: ''}])('that are not in the environment %p are refused', env => {
    expect(failureOf(() => readVariables('KEY', env))).toMatchObject({
      message:
        "The input `variables` names `KEY` without a value, and the step has no environment variable KEY: set it in the step's `env`, or write `KEY=` for an empty value.",
      fix: 'env:\n  KEY: ${{ vars.KEY }}'
    })
  })

  test.each(['1A=hunter2', 'A-B=hunter2', '=hunter2', 'hunter2 hunter2', '${A}=hunter2'])(
    'are refused without showing the line %p',
    line => {
      const {message} = failureOf(() => readVariables(`A=1\n${line}`, {}))
      expect(message).toBe(
        'The input `variables` is not understood in line 2: write `NAME=value`, the name made of letters, digits and `_`, one a line; a value of several lines goes into an environment variable of the step, and `NAME` alone takes it from there.'
      )
    }
  )

  test('are refused when a name comes twice', () => {
    expect(failureOf(() => readVariables('A=1\nB=2\nA=1', {})).message).toBe(
      'The input `variables` has `A` twice: leave one of them.'
    )
  })
})

describe('settings of containers', () => {
  const all = (list: 'environment' | 'secrets', name: string, value: string | undefined, container?: string) => ({
    list,
    container,
    name,
    value
  })

  test('set and remove, for all containers or for one', () => {
    const environment = 'LOG_LEVEL=debug\nworker/URL=https://a/b?c=d\n-OLD\n-worker/OLDER\nEMPTY=\nLogging:Level.x=-1'
    expect(settings(environment, `DB=${SECRET}:url::\nside-car/KEY=/prod/key\n-TOKEN`)).toEqual([
      all('environment', 'LOG_LEVEL', 'debug'),
      all('environment', 'URL', 'https://a/b?c=d', 'worker'),
      all('environment', 'OLD', undefined),
      all('environment', 'OLDER', undefined, 'worker'),
      all('environment', 'EMPTY', ''),
      all('environment', 'Logging:Level.x', '-1'),
      all('secrets', 'DB', `${SECRET}:url::`),
      all('secrets', 'KEY', '/prod/key', 'side-car'),
      all('secrets', 'TOKEN', undefined)
    ])
  })

  test('take what has no value from the environment of the step', () => {
    expect(settings('KEY\nworker/KEY=x', '', {KEY: 'a\nb'})).toEqual([
      all('environment', 'KEY', 'a\nb'),
      all('environment', 'KEY', 'x', 'worker')
    ])
    expect(failureOf(() => settings('worker/KEY')).message).toContain('has no environment variable KEY')
  })

  test.each(['-A=hunter2', '=hunter2', 'a b=hunter2', '/A=hunter2', 'a/b/C=hunter2', '--A', 'web/-A', 'web/=hunter2'])(
    'are refused without showing the line %p',
    line => {
      const {message} = failureOf(() => settings(`A=1\n\n${line}`))
      expect(message).toBe(
        'The input `container-environment` is not understood in line 3: write `NAME=value`, `container/NAME=value`, `-NAME` or `-container/NAME`, one a line; a value of several lines goes into an environment variable of the step, and `NAME` alone takes it from there.'
      )
    }
  )

  test.each(['web/DB', 'web/DB=', 'web/DB=two words', 'web/DB=p@ssword!'])(
    'are refused where no secret is named, as in %p',
    line => {
      expect(failureOf(() => settings('', line))).toMatchObject({
        message:
          'The input `container-secrets` does not say in line 1 where ECS reads `DB` from: write the ARN of a secret or parameter behind the `=`, or the name of a parameter.',
        fix: `with:\n  container-secrets: |\n    web/DB=${SECRET}`
      })
    }
  )

  test.each([
    ['A=1\nA=2', '', 'The input `container-environment` has `A` twice: leave one of them.'],
    ['web/A=1\n-web/A', '', 'The input `container-environment` has `web/A` twice: leave one of them.'],
    ['', '-A\n-A', 'The input `container-secrets` has `A` twice: leave one of them.'],
    ['A=1', 'A=/a', 'The inputs `container-environment` and `container-secrets` both set `A`: leave one of them.']
  ])('that contradict each other are refused: %p and %p', (environment, secrets, message) => {
    expect(failureOf(() => settings(environment, secrets)).message).toBe(message)
  })

  test('for one container and for all do not contradict each other, nor do a removal and a secret', () => {
    expect(settings('A=1\nweb/A=2\n-B', 'worker/A=/a\nB=/b')).toHaveLength(5)
  })
})
