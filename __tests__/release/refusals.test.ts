import {describe, expect, test} from '@jest/globals'
import {DeleteServiceCommand} from '@aws-sdk/client-ecs'
import {mkdir, symlink} from 'node:fs/promises'
import {join} from 'node:path'
import type {PolicyStatement} from '../../emulator/iam/policy.ts'
import type {StepOptions, StepResult} from '../../emulator/runner.ts'
import {Account} from './account.ts'

interface Refusal {
  readonly inputs?: Record<string, string>
  readonly options?: Partial<StepOptions>
  /** What the release has to be allowed beside the README's policy to get this far. */
  readonly plus?: readonly PolicyStatement[]
  /** Prepares the account or the repository. */
  readonly given?: (account: Account) => unknown
  /** The annotation; `HOST` stands for the registry's host. */
  readonly says: string | RegExp
  /** What to paste, printed above it. */
  readonly fix?: string
  /** What was changed before the failing call. */
  readonly changes?: readonly string[]
}

const NO_KEYS = {AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined}
const ROLE = 'arn:aws:iam::111122223333:role/release-web'

/** Without it, a wrong name is not told from a service that may not be read. */
const READ_NAMES: PolicyStatement = {
  Effect: 'Allow',
  Action: ['ecs:DescribeServices', 'ecs:ListClusters', 'ecs:ListServices'],
  Resource: '*'
}

/** The job's OIDC token, and a role that trusts another repository. */
function otherRole(account: Account): Partial<StepOptions> {
  account.aws.emulator.roles.create({name: 'release-web', trustsGithub: {subjects: ['repo:octo-org/other:*']}})
  const {url, github} = account.aws.emulator
  const parameters = 'repository=octo-org/web&ref=refs/tags/v1.4.0'
  return {
    env: {
      ...NO_KEYS,
      ACTIONS_ID_TOKEN_REQUEST_URL: `${url}/_github/token?${parameters}`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: github.requestToken
    }
  }
}

const refusals: Record<string, Refusal> = {
  'no credentials': {
    options: {env: NO_KEYS},
    says: 'There are no AWS credentials in this job: set `role-to-assume` and give the job `permissions: id-token: write`, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in `env`.'
  },
  'unknown credentials': {
    options: {env: {AWS_ACCESS_KEY_ID: 'AKIANOBODY0000000000'}},
    says: 'AWS does not know the credentials of the job (while looking up who releases (sts:GetCallerIdentity)): check the access key, and that it belongs to this partition.'
  },
  'no region': {
    inputs: {'aws-region': ''},
    says: 'No AWS region is set: give the region of the cluster in the input `aws-region`.',
    fix: 'aws-region: eu-central-1'
  },
  'a region that is none': {
    inputs: {'aws-region': 'Frankfurt'},
    says: 'The AWS region `Frankfurt` has not the form of a region, such as eu-central-1: correct `aws-region`.'
  },
  'a role without a token to assume it': {
    inputs: {'role-to-assume': ROLE},
    options: {env: NO_KEYS},
    says: `The job release has neither an OIDC token nor AWS credentials to assume ${ROLE} with: let it ask for a token.`,
    fix: 'id-token: write'
  },
  'a role that is no ARN': {
    inputs: {'role-to-assume': 'release-web'},
    says: 'The input `role-to-assume` is `release-web`, which is no ARN of a role: it looks like arn:aws:iam::111122223333:role/deploy.'
  },
  'a role that other credentials may not assume': {
    inputs: {'role-to-assume': ROLE},
    says: `The role that releases may not sts:AssumeRole on ${ROLE} (denied while assuming ${ROLE}): add this statement to its policy.`
  },
  'a cluster that is missing': {
    inputs: {cluster: 'production'},
    plus: [READ_NAMES],
    says: 'There is no cluster production in eu-central-1 of account 111122223333: set the input `cluster` to one of prod.'
  },
  'a service that is missing': {
    inputs: {service: 'wbe'},
    plus: [READ_NAMES],
    says: 'There is no service wbe in the cluster prod (eu-central-1 of account 111122223333): set the input `service` to one of web.'
  },
  'a service in another cluster': {
    inputs: {cluster: 'test'},
    plus: [READ_NAMES],
    given: account => account.aws.ecs.service.operations['CreateCluster']?.handle({clusterName: 'test'} as never, CALL),
    says: 'There is no service web in the cluster test, but there is one in prod: set the input `cluster`.',
    fix: 'cluster: prod'
  },
  'a service that is being deleted': {
    given: account => account.client.send(new DeleteServiceCommand({cluster: 'prod', service: 'web', force: true})),
    says: /^The service web in prod is (DRAINING|INACTIVE) and takes no deployments: /
  },
  'a service of another controller': {
    inputs: {service: 'external'},
    plus: [
      {
        Effect: 'Allow',
        Action: 'ecs:DescribeServices',
        Resource: 'arn:aws:ecs:eu-central-1:111122223333:service/prod/external'
      }
    ],
    given: account => account.service({serviceName: 'external', deploymentController: {type: 'EXTERNAL'}}),
    says: 'The service external in prod has the deployment controller EXTERNAL, whose deployments this action cannot make: its task sets and their traffic are managed by a deployment tool of your own, which has to make this release; or give the service the controller ECS, which does rolling, blue/green, linear and canary deployments.'
  },
  'a definition that is missing': {
    inputs: {'task-definition': '.aws/web.json'},
    given: account => account.file('.aws/web-prod.json', '{}'),
    says: /^There is no file `\.aws\/web\.json` in the workspace: correct the input `task-definition`/
  },
  'an empty definition': {
    given: account => account.file('task-definition.json', ' \n'),
    says: 'The task definition `task-definition.json` is empty: put the JSON of the definition into it.'
  },
  'a definition that is not JSON': {
    given: account => account.file('task-definition.json', '{\n  "family": "web"\n  "cpu": "256"\n}'),
    says: 'The task definition `task-definition.json` is not JSON: line 3, column 3: a comma is missing before `"`.'
  },
  'a definition that leads out of the workspace': {
    given: account => symlink('/etc/passwd', join(account.workspace, 'task-definition.json')),
    says: /^The task definition `task-definition\.json` is a link that leads out of the workspace/
  },
  'a definition that is a directory': {
    given: account => mkdir(join(account.workspace, 'task-definition.json')),
    says: 'The task definition `task-definition.json` is a directory: name the file in it.'
  },
  'a definition that is too large': {
    given: account => {
      const environment = Array.from({length: 900}, (_, index) => ({name: `V${index}`, value: 'x'.repeat(60)}))
      const containerDefinitions = [{name: 'app', image: account.uri('v1'), environment}]
      return account.file('task-definition.json', account.definition('v1', {containerDefinitions}))
    },
    says: /^The task definition `task-definition\.json` has \d+ bytes when rendered, but ECS takes no more than 65536: /
  },
  'a container that is not in it': {
    inputs: {'container-name': 'web'},
    given: account => account.file('task-definition.json', account.definition('v1')),
    says: 'The input `container-name` names `web`, but the task definition (task-definition.json, line 10) has only `app`: correct the name.'
  },
  'several containers and no word on which': {
    given: account =>
      account.file(
        'task-definition.json',
        account.definition('v1', {
          containerDefinitions: [
            {name: 'nginx', image: 'nginx'},
            {name: 'php', image: 'php'}
          ]
        })
      ),
    says: /has the containers `nginx` and `php`: say in the input `container-name` which of them get the new image\.$/,
    fix: 'container-name: nginx'
  },
  'an image that ECR does not have': {
    inputs: {image: 'HOST/web:v9'},
    says: 'There is no image HOST/web:v9 in ECR: correct the input `image`, or push the image first.'
  },
  'an image in a repository that is missing': {
    inputs: {image: 'HOST/wbe:v2'},
    plus: [
      {
        Effect: 'Allow',
        Action: 'ecr:BatchGetImage',
        Resource: 'arn:aws:ecr:eu-central-1:111122223333:repository/wbe'
      }
    ],
    says: /^There is no ECR repository wbe in eu-central-1 of account 111122223333: /
  },
  'a size that Fargate does not have': {
    given: account => account.file('task-definition.json', account.definition('v1', {cpu: '256', memory: '3072'})),
    says: /^`memory` \(task-definition.json, line \d+\) is 3072, but with a `cpu` of 256 Fargate has 512, 1024 and 2048 MiB: /
  },
  'a definition that ECS refuses': {
    given: account => {
      const portMappings = [{containerPortRange: '8000-8010'}, {containerPortRange: '8005-8015'}]
      return account.file('task-definition.json', account.definition('v1', {}, {portMappings}))
    },
    says: /The 'containerPortRange' 8000-8010, 8005-8015 is invalid/
  },
  'a role that may not be passed': {
    given: account => {
      account.aws.emulator.faults.set([
        {
          service: 'ecs',
          operation: 'RegisterTaskDefinition',
          fault: {kind: 'access-denied', action: 'iam:PassRole', resource: 'arn:aws:iam::111122223333:role/web-task'}
        }
      ])
    },
    says: /iam:PassRole/,
    fix: '"iam:PassedToService": "ecs-tasks.amazonaws.com"'
  },
  'an update that is denied': {
    given: account => {
      account.aws.emulator.faults.set([{service: 'ecs', operation: 'UpdateService', fault: {kind: 'access-denied'}}])
    },
    says: 'The role that releases may not ecs:UpdateService on arn:aws:ecs:eu-central-1:111122223333:service/prod/web (denied while updating the service web): add this statement to its policy.',
    fix: '"Action": "ecs:UpdateService"',
    changes: ['RegisterTaskDefinition']
  },
  'a service that may not be read': {
    given: account => {
      account.aws.emulator.faults.set([{service: 'ecs', operation: 'DescribeServices', fault: {kind: 'access-denied'}}])
    },
    says: /^The role that releases may not ecs:DescribeServices on /
  },
  'credentials that are expired': {
    given: account => {
      account.aws.emulator.faults.set([{service: 'ecs', fault: {kind: 'expired-credentials'}}])
    },
    says: /^The AWS credentials of the job expired while reading the service web in the cluster prod: set `role-to-assume`/
  }
}

const CALL = {
  operation: 'CreateCluster',
  region: 'eu-central-1',
  caller: {accessKeyId: '', arn: '', account: '111122223333'},
  requestId: ''
}

describe('a release that cannot go on says so in one sentence and does nothing more', () => {
  test.each(Object.entries(refusals))('%s', async (_name, refusal) => {
    const {inputs = {}, options, plus = [], given, says, fix, changes = []} = refusal
    await using account = await Account.open()
    account.plus(...plus)
    await given?.(account)
    account.forget()
    const filled = Object.entries(inputs).map(([name, value]) => [name, value.replace('HOST', account.host)])
    const step = await account.release(Object.fromEntries(filled) as Record<string, string>, options)
    const said = oneSentence(step).replaceAll(account.host, 'HOST')
    if (typeof says === 'string') expect(said).toBe(says)
    else expect(said).toMatch(says)
    if (fix !== undefined) expect(step.log).toContain(fix)
    expect(account.changes()).toEqual(changes)
    expect(step).toMatchObject({exitCode: 1, outputs: {status: 'error'}, leftovers: [], orphans: false})
  })

  test('a role that does not trust this job names the claims, and never shows the token', async () => {
    await using account = await Account.open()
    const step = await account.release({'role-to-assume': ROLE}, otherRole(account))
    expect(oneSentence(step)).toBe(
      `The role ${ROLE} does not trust this job: AWS refused the OIDC token with sub \`repo:octo-org/web:ref:refs/tags/v1.4.0\` and aud \`sts.amazonaws.com\`, so allow both in the role's trust policy.`
    )
    expect(step.lines.filter(line => !line.startsWith('::add-mask::')).join('\n')).not.toMatch(/eyJ/)
    expect(account.requests().filter(({operation}) => operation === 'AssumeRoleWithWebIdentity')).toHaveLength(1)
  })

  test('a role that trusts this job is assumed and its credentials are not exported', async () => {
    await using account = await Account.open()
    const options = otherRole(account)
    account.role({name: 'release-web', trustsGithub: {subjects: ['repo:octo-org/web:ref:refs/tags/v*']}})
    const step = await account.release({'role-to-assume': ROLE}, options)
    expect(step).toMatchObject({exitCode: 0, outputs: {status: 'deployed'}, exported: {env: {}}})
    const callers = new Set(
      account
        .requests()
        .filter(({service}) => service === 'ecs')
        .map(({caller}) => caller)
    )
    expect([...callers]).toEqual([
      'arn:aws:sts::111122223333:assumed-role/release-web/ecs-release-octo-org-web-1658821493-1'
    ])
  })
})

/** The one annotation of a failed step; what is shown has no stack trace and no machine's words. */
function oneSentence({annotations, log}: StepResult): string {
  expect(annotations.map(({level}) => level)).toEqual(['error'])
  expect(log).not.toMatch(/^\s+at .*\(|\$metadata|defect of ecs-release/m)
  return annotations[0]?.message ?? ''
}
