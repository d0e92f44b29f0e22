import {CreateClusterCommand} from '@aws-sdk/client-ecs'
import {ECRClient, PutImageTagMutabilityCommand} from '@aws-sdk/client-ecr'
import {staticCredentials} from '../../../emulator/server.ts'
import type {Mistake} from '../mistake.ts'
import type {Stage} from '../stage.ts'

/** What is not there, cannot be read or is taken. */
export const missing: readonly Mistake[] = [
  {
    name: 'service missing',
    check: 'service',
    inputs: {service: 'wbe'},
    says: [/^There is no service wbe in the cluster demo .*: set the input `service` to one of web\.$/]
  },
  {
    name: 'service in another cluster',
    check: 'service',
    inputs: {cluster: 'test'},
    prepare: ({client}) => client.send(new CreateClusterCommand({clusterName: 'test'})),
    says: [/^There is no service web in the cluster test, but there is one in demo: /]
  },
  {
    name: 'cluster missing',
    check: 'service',
    inputs: {cluster: 'dmeo'},
    says: [/^There is no cluster dmeo .*demo/]
  },
  {
    name: 'definition missing',
    check: 'task-definition',
    inputs: {'task-definition': '.aws/web.json'},
    says: [/^There is no file `\.aws\/web\.json` in the workspace: /]
  },
  {
    name: 'definition not JSON',
    check: 'task-definition',
    text: '{\n  "family": "web"\n  "cpu": "256"\n}',
    says: [/`task-definition\.json` is not JSON: line 3, column 3: a comma is missing/]
  },
  {
    name: 'wrong type',
    check: 'task-definition',
    app: {essential: 'always'},
    says: [/^`containerDefinitions\[0\]\.essential` .* is the text "always", but ECS takes true or false/]
  },
  {
    name: 'missing member',
    check: 'task-definition',
    task: {family: undefined},
    says: [/^`task-definition\.json` has no `family`/]
  },
  {
    name: 'variable without a value',
    check: 'task-definition',
    app: {environment: [{name: 'LEVEL', value: '${LEVEL} of ${STAGE}'}]},
    inputs: {variables: 'LEVEL=info'},
    says: [/\$\{STAGE\}/]
  },
  {
    name: 'container missing',
    check: 'container',
    inputs: {'container-name': 'web'},
    says: [/^The input `container-name` names `web`, but the task definition .* has only `app`/]
  },
  {
    name: 'repository missing',
    check: 'image',
    inputs: {repository: 'wbe'},
    says: [/^There is no ECR repository wbe in /]
  },
  {
    name: 'Dockerfile missing',
    check: 'image',
    inputs: {file: 'docker/Dockerfile'},
    says: [/^There is no Dockerfile `docker\/Dockerfile` in the workspace/]
  },
  {
    name: 'builder missing',
    check: 'image',
    inputs: {builder: 'somewhere'},
    // Without buildx there are no builders at all.
    says: [/^There is no buildx builder `somewhere` on this runner|^The input `builder` is not supported by Docker/]
  },
  {
    name: 'given image missing',
    check: 'image',
    // Nothing is built, so there is no network for it.
    inputs: {image: 'HOST/web:v9', network: ''},
    says: [/^There is no image \S+\/web:v9 in ECR: /]
  },
  {
    name: 'tag taken',
    check: 'image',
    inputs: {'image-tag': 'v1'},
    prepare: makeImmutable,
    says: [/^The tag v1 is taken in the repository web, whose tags are immutable: /]
  }
]

async function makeImmutable({aws: {emulator}}: Stage): Promise<void> {
  const client = new ECRClient({endpoint: emulator.url, region: emulator.region, credentials: staticCredentials})
  await client.send(new PutImageTagMutabilityCommand({repositoryName: 'web', imageTagMutability: 'IMMUTABLE'}))
  client.destroy()
}
