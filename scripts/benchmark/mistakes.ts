import {inDefinition} from './list/definition.ts'
import {missing} from './list/missing.ts'
import {noRoom, withService} from './list/service.ts'
import type {Mistake} from './mistake.ts'

/** One for each check of the level `error`, one for each thing that may be missing, and several at once. */
export const mistakes: readonly Mistake[] = [
  ...missing,
  ...inDefinition,
  ...withService,
  {
    name: 'several at once',
    check: 'several',
    task: {memory: '3072'},
    app: {
      essential: 'always',
      portMappings: [{containerPort: 8080, hostPort: 80}],
      mountPoints: [{sourceVolume: 'data', containerPath: '/data'}]
    },
    inputs: {file: 'docker/Dockerfile'},
    prepare: noRoom,
    says: [
      /^There is no Dockerfile `docker\/Dockerfile`/,
      /^`memory` .* is 3072/,
      /^`containerDefinitions\[0\]\.essential` .* is the text "always"/,
      /\.hostPort` .* is 80/,
      /\.sourceVolume` .* is `data`/,
      /^The service web cannot roll/
    ]
  },
  {
    name: 'one of two services, and more',
    check: 'several',
    task: {memory: '3072'},
    app: {portMappings: [{containerPort: 3000}]},
    inputs: {service: 'wbe, web', file: 'docker/Dockerfile', repository: 'wbe'},
    prepare: noRoom,
    says: [
      /^There is no service wbe in the cluster demo/,
      /^There is no ECR repository wbe in /,
      /^There is no Dockerfile `docker\/Dockerfile`/,
      /^`memory` .* is 3072/,
      /^The service web sends the requests of web to the port 8080/,
      /^The service web cannot roll/
    ]
  },
  {
    name: 'the service, without which the repository is not known, and more',
    check: 'several',
    task: {memory: '3072'},
    inputs: {service: 'wbe', file: 'docker/Dockerfile', 'container-name': 'web'},
    says: [
      /^There is no service wbe in the cluster demo/,
      /^The input `container-name` names `web`/,
      /^There is no Dockerfile `docker\/Dockerfile`/,
      /^`memory` .* is 3072/
    ]
  },
  {
    name: 'no definition, and more',
    check: 'several',
    inputs: {'task-definition': '.aws/web.json', service: 'wbe', file: 'docker/Dockerfile'},
    says: [
      /^There is no service wbe in the cluster demo/,
      /^There is no file `\.aws\/web\.json` in the workspace/,
      /^There is no Dockerfile `docker\/Dockerfile`/
    ]
  }
]

/** Nothing that stops a release, but several things that it warns of. */
export const warned: Mistake = {
  name: 'several warnings',
  check: 'several',
  task: {enviroment: []},
  app: {
    environment: [
      {name: 'LEVEL', value: 'info'},
      {name: 'LEVEL', value: 'debug'}
    ],
    healthCheck: {command: ['CMD', 'curl -f http://localhost:8080/health']}
  },
  prepare: stage => stage.update({forceNewDeployment: true}),
  says: [/enviroment/, /LEVEL/, /a command line behind `CMD`/, /has a deployment of web:1/]
}
