import {expect, test} from '@jest/globals'
import {placeholders} from '../../../src/check/definition/placeholders.ts'
import type {JsonObject} from '../../../src/definition/json.ts'
import {fargate, messages, situation} from '../situation.ts'
import {finds, found, withContainers} from './support.ts'

const value = (text: string): JsonObject => withContainers({environment: [{name: 'A', value: text}]})
const role = (text: string): JsonObject => fargate({taskRoleArn: text})
const log = (options: JsonObject, logDriver = 'awslogs'): JsonObject =>
  withContainers({logConfiguration: {logDriver, options}})

const VARIABLE = 'which nothing fills in: write the value, or `${NAME}` and give the value in the input `variables`.'
const VALUE = '`containerDefinitions[0].environment[0].value` (task-definition.json, line 22)'
const ROLE = '`taskRoleArn` (task-definition.json, line 21)'

finds(
  placeholders,
  [
    [role('<task-role-arn>'), `${ROLE} has the placeholder \`<task-role-arn>\`, ${VARIABLE}`],
    [role('arn:aws:iam::<AWS_ACCOUNT_ID>:role/x'), `${ROLE} has the placeholder \`<AWS_ACCOUNT_ID>\`, ${VARIABLE}`],
    [role('arn:aws:iam::ACCOUNT_ID:role/x'), `${ROLE} has the placeholder \`ACCOUNT_ID\`, ${VARIABLE}`],
    [role('{{ must_env `ROLE` }}'), `${ROLE} has the placeholder \`{{ … }}\`, ${VARIABLE}`],
    [value('%BUILD_NUMBER%'), `${VALUE} has the placeholder \`%BUILD_NUMBER%\`, ${VARIABLE}`],
    [value('<the value>'), `${VALUE} has the placeholder \`<the value>\`, ${VARIABLE}`],
    [value('https://<ENV_NAME>.example.com'), `${VALUE} has the placeholder \`<ENV_NAME>\`, ${VARIABLE}`],
    [value('{{ env "STAGE" }}'), `${VALUE} has the placeholder \`{{ … }}\`, ${VARIABLE}`],
    [
      value('https://${STAGE}.example.com'),
      `${VALUE} has the placeholder \`\${STAGE}\`, which nothing fills in: write the value, or give it in the input \`variables\`.`
    ],
    [
      value('${{ secrets.KEY }}'),
      `${VALUE} has the placeholder \`\${{ … }}\`, which nothing fills in: GitHub fills in expressions in workflows but not in files, so write \`\${NAME}\` and give the value in the input \`variables\`.`
    ],
    [
      log({'awslogs-region': 'REGION', 'awslogs-group': '/ecs/<name>'}),
      `\`containerDefinitions[0].logConfiguration.options.awslogs-region\` (task-definition.json, line 22) has the placeholder \`REGION\`, ${VARIABLE}`
    ],
    [
      withContainers({}, {image: 'ACCOUNT.dkr.ecr.REGION.amazonaws.com/web:v1'}),
      `\`containerDefinitions[1].image\` (task-definition.json, line 22) has the placeholder \`REGION\`, ${VARIABLE}`,
      `\`containerDefinitions[1].image\` (task-definition.json, line 22) has the placeholder \`ACCOUNT\`, ${VARIABLE}`
    ],
    [
      withContainers({
        secrets: ['A', 'B', 'C'].map(name => ({name, valueFrom: 'arn:aws:ssm:eu-central-1:YOUR-ACCOUNT:parameter/x'}))
      }),
      `\`containerDefinitions[0].secrets[0].valueFrom\` (task-definition.json, line 22) has the placeholder \`YOUR-ACCOUNT\`, also in lines 26 and 30, ${VARIABLE}`
    ]
  ],
  [
    fargate(),
    role('arn:aws:iam::aws:role/x'),
    role('arn:aws-cn:iam::111122223333:role/x'),
    role('ecsTaskExecutionRole'),
    ...[
      '<b>bold</b> and <i>more</i>',
      'Shop <shop@example.com>',
      'a < b > c',
      '%Y-%m-%d',
      '%C3%A4%20',
      'Deployed {{name}} to {{ .Stage }}',
      '{{ .Title }}',
      '$HOME',
      '${NAME:-default}',
      'arn:aws:s3:::bucket',
      'arn:aws:sqs:eu-central-1:111122223333:queue'
    ].map(value),
    log({'awslogs-region': 'us-gov-west-1', tag: '{{.Name}}', 'awslogs-datetime-format': '%Y%m%d'}),
    log({Host: '${LOKI_HOST}', Name: 'loki'}, 'awsfirelens'),
    withContainers({dockerLabels: {'com.datadoghq.ad.instances': '[{"host": "%%host%%", "port": "{{port}}"}]'}}),
    // Shells and programs have placeholders of their own.
    withContainers({
      command: ['sh', '-c', 'echo ${HOME} <file {{x}} %PATH%'],
      entryPoint: ['${SHELL}'],
      healthCheck: {command: ['CMD-SHELL', 'test ${PORT}']}
    }),
    // Filled in by the program itself.
    withContainers({
      environment: [
        {name: 'URL', value: 'jdbc:postgresql://${DB_HOST}/${DB_NAME}'},
        {name: 'DB_HOST', value: 'db'}
      ],
      secrets: [{name: 'DB_NAME', valueFrom: '/web/name'}]
    }),
    // Overwritten by the release, or told as no reference to an image.
    withContainers({image: '<IMAGE>'}, {image: '${IMAGE}'})
  ]
)

test('with the input variables, what is left of `${NAME}` was meant as it is', () => {
  const definition = value('${STAGE}')
  expect(messages(placeholders, situation({definition, inputs: {variables: 'OTHER=1'}}))).toEqual([])
  expect(found(placeholders, definition)).toHaveLength(1)
})

test('a variable can be pasted', () => {
  expect(placeholders.run(situation({definition: value('${STAGE}')}))[0]?.fix).toBe(
    'with:\n  variables: |\n    STAGE=…'
  )
})
