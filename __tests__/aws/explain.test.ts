import {expect, test} from '@jest/globals'
import {explain, readDenial} from '../../src/aws/explain.ts'
import {Failure} from '../../src/workflow/failure.ts'

function awsError(name: string, message: string): Error {
  return Object.assign(new Error(message), {name, $fault: 'client', $metadata: {httpStatusCode: 400}})
}

const USER = 'User: arn:aws:sts::111122223333:assumed-role/deploy/run'
const SERVICE = 'arn:aws:ecs:eu-central-1:111122223333:service/prod/web'

test('a denied call names the action, the resource and the statement to add', () => {
  const failure = explain(
    awsError(
      'AccessDeniedException',
      `${USER} is not authorized to perform: ecs:UpdateService on resource: ${SERVICE} because no identity-based policy allows the ecs:UpdateService action`
    ),
    'updating the service web'
  )
  expect(failure.message).toBe(
    `The role that releases may not ecs:UpdateService on ${SERVICE} (denied while updating the service web): add this statement to its policy.`
  )
  expect(JSON.parse(failure.fix ?? '')).toEqual({Effect: 'Allow', Action: 'ecs:UpdateService', Resource: SERVICE})
})

test('iam:PassRole has the condition that ECS needs', () => {
  const role = 'arn:aws:iam::111122223333:role/web-task'
  const failure = explain(
    awsError(
      'AccessDeniedException',
      `${USER} is not authorized to perform: iam:PassRole on resource: ${role} because no identity-based policy allows the iam:PassRole action`
    ),
    'registering web'
  )
  expect(failure.message).toBe(
    `The role that releases may not pass ${role} to ECS (iam:PassRole was denied while registering web): add this statement to its policy.`
  )
  expect(JSON.parse(failure.fix ?? '')).toMatchObject({
    Resource: role,
    Condition: {StringEquals: {'iam:PassedToService': 'ecs-tasks.amazonaws.com'}}
  })
})

test('an explicit deny cannot be mended by another statement', () => {
  const failure = explain(
    awsError(
      'AccessDeniedException',
      `${USER} is not authorized to perform: ecs:UpdateService on resource: ${SERVICE} with an explicit deny in a service control policy`
    ),
    'updating the service web'
  )
  expect(failure.fix).toBeUndefined()
  expect(failure.message).toContain(
    'with an explicit deny in a service control policy: that policy must let this role through.'
  )
})

test.each([
  [
    'because no permissions boundary allows the ecs:UpdateService action',
    'add this statement to the permissions boundary'
  ],
  ['because no session policy allows the ecs:UpdateService action', 'add this statement to the session policy'],
  ['because no service control policy allows the ecs:UpdateService action', undefined],
  ['because no resource control policy allows the ecs:UpdateService action', undefined],
  ['because no VPC endpoint policy allows the ecs:UpdateService action', undefined],
  ['with an explicit deny in a permissions boundary', undefined],
  ['with an explicit deny in a service control policy: arn:aws:organizations::111122223333:policy/o-a/b/p-c', undefined]
])('a statement for the role’s own policy is no answer to a denial %s', (reason, remedy) => {
  const words = `${USER} is not authorized to perform: ecs:UpdateService on resource: ${SERVICE} ${reason}`
  const {message, fix} = explain(awsError('AccessDeniedException', words), 'updating the service web')
  const beginning = `AWS denied ecs:UpdateService on ${SERVICE} while updating the service web, ${reason}: `
  expect(message).toContain(beginning + (remedy ?? 'that policy must let this role through.'))
  expect(fix === undefined).toBe(remedy === undefined)
})

test('a denial in other words is shown as it is', () => {
  expect(readDenial('No access.')).toBeUndefined()
  expect(explain(awsError('AccessDenied', 'No access.'), 'reading').message).toBe(
    'AWS denied access while reading: No access.'
  )
})

test.each([
  ['CredentialsProviderError', 'There are no AWS credentials in this job'],
  ['ExpiredTokenException', 'The AWS credentials of the job expired while reading'],
  ['UnrecognizedClientException', 'AWS does not know the credentials of the job'],
  ['InvalidSignatureException', 'check the secret access key, and the clock of the runner']
])('%s is told in words', (name, words) => {
  expect(explain(awsError(name, 'machine words'), 'reading').message).toContain(words)
})

test('the SDK says which provider of credentials failed, if one did', () => {
  const nothing = 'There are no AWS credentials in this job: set'
  const generic = 'Could not load credentials from any providers'
  expect(explain(awsError('CredentialsProviderError', generic), 'reading').message).toContain(nothing)
  expect(explain(awsError('CredentialsProviderError', 'The SSO session has expired.'), 'reading').message).toContain(
    'There are no AWS credentials in this job (The SSO session has expired.): set'
  )
})

test('an unreachable AWS, another refusal, and what is a failure already', () => {
  const network = Object.assign(new Error('getaddrinfo ENOTFOUND ecs.eu-west-9.amazonaws.com'), {code: 'ENOTFOUND'})
  expect(explain(network, 'reading').message).toBe(
    'AWS could not be reached while reading (ENOTFOUND): check the region and the network of the runner.'
  )
  expect(explain(awsError('ClientException', 'TaskDefinition is inactive'), 'updating web').message).toBe(
    'AWS refused while updating web: TaskDefinition is inactive.'
  )
  const untrusted = Object.assign(new Error('self-signed certificate'), {code: 'SELF_SIGNED_CERT_IN_CHAIN'})
  expect(explain(untrusted, 'reading').message).toBe(
    'The runner does not trust the certificate that it was shown while reading (SELF_SIGNED_CERT_IN_CHAIN): where a proxy looks into TLS, name the file with its certificate in the environment variable NODE_EXTRA_CA_CERTS.'
  )
  const homeless = Object.assign(new Error('uv_os_homedir returned ENOENT'), {name: 'SystemError'})
  expect(explain(homeless, 'reading').message).toBe(
    'The system of the runner failed while reading (uv_os_homedir returned ENOENT): where its user has no home directory, set the environment variable HOME.'
  )
  const failure = new Failure('Told already.')
  expect(explain(failure, 'reading')).toBe(failure)
})
