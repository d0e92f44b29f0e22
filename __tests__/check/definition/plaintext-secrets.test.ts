import {expect, test} from '@jest/globals'
import {plaintextSecrets} from '../../../src/check/definition/plaintext-secrets.ts'
import type {JsonObject} from '../../../src/definition/json.ts'
import {situation} from '../situation.ts'
import {found, withContainers} from './support.ts'

const environment = (...variables: readonly (readonly [name: string, value: string])[]): JsonObject =>
  withContainers({environment: variables.map(([name, value]) => ({name, value}))})
const isFound = (name: string, value: string): boolean => found(plaintextSecrets, environment([name, value])).length > 0

// Put together here, so that scanners of repositories do not take the examples for real ones.
const GITHUB = ['ghp', 'a1B2'.repeat(9)].join('_')
const STRIPE = ['sk', 'live', 'a1B2'.repeat(6)].join('_')
const SLACK = ['xoxb', '123456789012', 'abcdefABCDEF'].join('-')
const AMAZON = ['AKIA', 'ABCDEFGHIJKLMNOP'].join('')
const PEM = ['-----BEGIN RSA', 'PRIVATE', 'KEY-----\nabc\n-----END RSA PRIVATE KEY-----'].join(' ')
const JWT = ['eyJhbGciOiJIUzI1NiJ9', 'eyJzdWIiOiIxMjM0NTY3ODkwIn0', 'dozjgNryP4J3jVmNHl0w5N'].join('.')

test.each([
  'DB_PASSWORD',
  'dbPassword',
  'MONGO_INITDB_ROOT_PASSWORD',
  'ME_CONFIG_MONGODB_ADMINPASSWORD',
  'Db__Password',
  'SMTP_PASS',
  'MYSQL_PWD',
  'JWT_SECRET',
  'COGNITO_CLIENT_SECRET',
  'GITHUB_TOKEN',
  'OPENAI_API_KEY',
  'apiKey',
  'APIKEY',
  'AWS_SECRET_ACCESS_KEY',
  'SUPABASE_SERVICE_ROLE_KEY',
  'APP_KEYS',
  'ENC_KEY',
  'GPG_PASSPHRASE'
])('a variable called %s is taken for a secret', name => {
  expect(isFound(name, 'hunter2')).toBe(true)
})

test.each([
  'PASSWORD_MIN_LENGTH',
  'TOKEN_URL',
  'TOKEN',
  'SECRET_ARN',
  'SECRET_NAME',
  'DB_PASSWORD_FILE',
  'BYPASS',
  'PWD',
  'KEY',
  'SORT_KEY',
  'ENVIRONMENTS_API_KEY_TABLE_NAME_DYNAMO',
  'STRIPE_PUBLIC_KEY',
  'STRIPE_PUBLISHABLE_KEY',
  'NEXT_PUBLIC_API_KEY',
  'VITE_API_KEY',
  'SUPABASE_ANON_KEY',
  'MONKEY',
  'COMPASS'
])('a variable called %s is not', name => {
  expect(isFound(name, 'hunter2')).toBe(false)
})

test.each([
  '',
  ' ',
  'true',
  'none',
  '3600',
  '****',
  'xxx',
  '${DB_PASSWORD}',
  '$(DB_PASSWORD)',
  '<password>',
  '{{ password }}',
  '%PASSWORD%',
  'arn:aws:secretsmanager:eu-central-1:111122223333:secret:web',
  'https://example.com/token',
  '/run/secrets/password',
  './secrets/password.txt'
])('%j is no password', value => {
  expect(isFound('DB_PASSWORD', value)).toBe(false)
})

test.each([
  AMAZON,
  GITHUB,
  STRIPE,
  SLACK,
  PEM,
  JWT,
  'https://hooks.slack.com/services/T0/B0/x',
  'postgres://web:hunter2@db.example.com:5432/web',
  'redis://:hunter2@cache.example.com',
  'jdbc:postgresql://db.example.com/web?user=web&password=hunter2',
  'Server=db;User Id=web;Password=hunter2;',
  'DefaultEndpointsProtocol=https;AccountName=web;AccountKey=aGVsbG8='
])('%j is a secret whatever the variable is called', value => {
  expect(isFound('SETTING', value)).toBe(true)
})

test.each([
  'https://example.com/?next=/password',
  'postgres://db.example.com:5432/web',
  'postgres://web@db.example.com/web',
  'postgres://web:${DB_PASSWORD}@db.example.com/web',
  'https://key@o1.ingest.sentry.io/1',
  'http://[::1]:8080/@user',
  'arn:aws:iam::111122223333:role/web',
  'mailto:shop@example.com',
  'Shop <shop@example.com>',
  'no password=here',
  '12:30:45'
])('%j is none', value => {
  expect(isFound('SETTING', value)).toBe(false)
})

test('a token in a variable of the browser is still one, if it has the shape of one', () => {
  expect([isFound('TOKEN_OF_MINE', GITHUB), isFound('NEXT_PUBLIC_SUPABASE_ANON_KEY', JWT)]).toEqual([true, false])
})

test('all of a container are told at once, with what to paste, and their values never', () => {
  const definition = environment(['A', '1'], ['DB_PASSWORD', 'hunter2'], ['URL', 'redis://:hunter2@cache'])
  const [finding, ...others] = plaintextSecrets.run(situation({definition}))
  expect(others).toEqual([])
  expect(finding).toEqual({
    message:
      '`containerDefinitions[0].environment` (task-definition.json, line 19) has what look like secrets in plain text, `DB_PASSWORD` (line 26) and `URL` (line 30), which everybody sees who may read the repository or the task definition: store them in Secrets Manager or Systems Manager, and name them in `secrets`.',
    path: ['containerDefinitions', 0, 'environment', 1, 'value'],
    fix: `"secrets": [
  {"name": "DB_PASSWORD", "valueFrom": "arn:aws:secretsmanager:eu-central-1:111122223333:secret:web/db-password"},
  {"name": "URL", "valueFrom": "arn:aws:secretsmanager:eu-central-1:111122223333:secret:web/url"}
]`
  })
})

test('options of logs are looked at too', () => {
  const definition = withContainers({
    logConfiguration: {logDriver: 'splunk', options: {'splunk-url': 'https://x', 'splunk-token': 'hunter2'}}
  })
  expect(found(plaintextSecrets, definition)).toEqual([
    '`containerDefinitions[0].logConfiguration.options` (task-definition.json, line 21) has what looks like a secret in plain text, `splunk-token` (line 23), which everybody sees who may read the repository or the task definition: store it in Secrets Manager or Systems Manager, and name it in `secretOptions`.'
  ])
})
