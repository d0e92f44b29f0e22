import {describe, expect, test} from '@jest/globals'
import {Account} from './account.ts'

const TOKEN = 'arn:aws:ssm:eu-central-1:111122223333:parameter/web/token'

/** The definition of the file, as a repository has it that is deployed to several stages. */
function template(account: Account): object {
  return account.definition(
    'v1',
    {family: 'web${SUFFIX}', executionRoleArn: 'arn:aws:iam::${ACCOUNT}:role/web-execution'},
    {
      image: '<IMAGE>',
      portMappings: [{containerPort: '${PORT}', protocol: 'tcp'}],
      command: ['sh', '-c', 'exec web --stage=${STAGE} --home=${HOME}'],
      environment: [
        {name: 'STAGE', value: '${STAGE}'},
        {name: 'PATTERN', value: '$${user}'},
        {name: 'OLD', value: '1'},
        {name: 'TOKEN', value: 'none'}
      ]
    }
  )
}

const VARIABLES = 'SUFFIX=\nACCOUNT=111122223333\nPORT=8080\nSTAGE=prod'

describe('configuration in the file', () => {
  test('is what is registered', async () => {
    await using account = await Account.open()
    await account.file('task-definition.json', template(account))
    const step = await account.release(
      {
        variables: VARIABLES,
        'container-environment': 'LOG_LEVEL=debug\n-OLD\napp/GREETING',
        'container-secrets': `TOKEN=${TOKEN}`
      },
      {env: {GREETING: 'Good\nmorning'}}
    )
    expect(step.outputs).toMatchObject({status: 'deployed'})
    const {containerDefinitions: [app] = []} = await account.revision(step.outputs['task-definition-arn'] ?? '')
    expect(app).toMatchObject({
      portMappings: [{containerPort: 8080}],
      command: ['sh', '-c', 'exec web --stage=prod --home=${HOME}'],
      environment: [
        {name: 'STAGE', value: 'prod'},
        {name: 'PATTERN', value: '${user}'},
        {name: 'LOG_LEVEL', value: 'debug'},
        {name: 'GREETING', value: 'Good\nmorning'}
      ],
      secrets: [{name: 'TOKEN', valueFrom: TOKEN}]
    })
  })

  test('is wrong all at once, and nothing is changed', async () => {
    await using account = await Account.open()
    await account.file('task-definition.json', template(account))
    const step = await account.release({
      variables: 'ACCOUNT=111122223333\nSUFFIX=\nSTAEG=prod\nPORTS=80',
      'container-environment': 'ap/LOG_LEVEL=debug'
    })
    const messages = step.annotations.map(({message}) => message)
    expect(messages).toEqual(
      expect.arrayContaining([
        expect.stringMatching(
          /^`containerDefinitions\[0\]\.portMappings\[0\]\.containerPort` \(task-definition\.json, line \d+\) has the placeholder `\$\{PORT\}`, .*: correct it to `\$\{PORTS\}`/
        ),
        expect.stringMatching(/ has the placeholder `\$\{STAGE\}`, .*: correct it to `\$\{STAEG\}`/)
      ])
    )
    expect(messages.filter(message => message.includes('containerPort'))).toHaveLength(1)
    expect(account.changes()).toEqual([])
  })

  test('for containers that are not there ends the release before anything is changed', async () => {
    await using account = await Account.open()
    await account.file('task-definition.json', account.definition('v1'))
    const step = await account.release({'container-environment': 'ap/LOG_LEVEL=debug\n-OLD', variables: 'STAGE=prod'})
    expect(step.annotations.map(({message}) => message)).toEqual(
      expect.arrayContaining([
        'The input `container-environment` names the container `ap` in `ap/LOG_LEVEL`, but task-definition.json has `app`: write `app/LOG_LEVEL`.',
        'The input `container-environment` removes `OLD`, but there is no `OLD` in the `environment` of `app`: remove the line, or correct the name.',
        'The input `variables` has `STAGE`, but there is no `${STAGE}` in task-definition.json: remove it, or correct one of the two names.'
      ])
    )
    expect(account.changes()).toEqual([])
  })

  test('is told where there is no file to fill', async () => {
    await using account = await Account.open()
    const step = await account.release({variables: 'STAGE=prod'})
    expect(step.outputs).toMatchObject({status: 'deployed'})
    expect(step.annotations.map(({message}) => message)).toContain(
      'The input `variables` fills a task definition in a file, but this one is from ECS and stays as it is: remove the input, or name a file in `task-definition`.'
    )
  })
})

describe('the image', () => {
  test('for another processor than the definition asks for ends the release before anything is changed', async () => {
    await using account = await Account.open()
    await account.file(
      'task-definition.json',
      account.definition('v1', {runtimePlatform: {cpuArchitecture: 'ARM64', operatingSystemFamily: 'LINUX'}})
    )
    const step = await account.release()
    expect(step.annotations.map(({message}) => message)).toEqual([
      expect.stringMatching(
        /^The image \S+\/web:v2@sha256:\w+ is for linux\/amd64, but `runtimePlatform\.cpuArchitecture` /
      )
    ])
    expect(account.changes()).toEqual([])
  })
})
