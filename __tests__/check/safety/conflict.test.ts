import type {Deployment} from '@aws-sdk/client-ecs'
import {expect, test} from '@jest/globals'
import {conflictRefused, conflictSuperseded} from '../../../src/check/safety/conflict.ts'
import {messages, situation} from '../situation.ts'

const ARN = 'arn:aws:ecs:eu-central-1:111122223333:task-definition/web:7'
const ON_ITS_WAY: Deployment = {
  id: 'ecs-svc/1',
  status: 'PRIMARY',
  rolloutState: 'IN_PROGRESS',
  taskDefinition: ARN,
  createdAt: new Date('2026-03-01T10:32:05Z')
}
const URL = 'https://github.com/octo/web/actions/runs/90/attempts/1'

function seen(deployments: Deployment[], onConflict: string, runId = 90) {
  const tags = [
    {key: 'ecs-release:repository', value: 'octo/web'},
    {key: 'ecs-release:run', value: URL.replace('90', String(runId))}
  ]
  return situation({
    service: {deployments},
    inputs: {'on-conflict': onConflict},
    running: {arn: ARN, status: 'ACTIVE', json: {}, tags}
  })
}

test('a deployment that is on its way is superseded aloud', () => {
  expect(messages(conflictSuperseded, seen([ON_ITS_WAY], ''))).toEqual([
    `web has a deployment of web:7 by ${URL}, which began at 10:32:05 UTC (ecs-svc/1) on its way: this release supersedes it; write \`on-conflict: wait\` to let it end first, or \`fail\` to stop here.`
  ])
  expect(messages(conflictRefused, seen([ON_ITS_WAY], ''))).toEqual([])
})

test('or ends the release', () => {
  expect(messages(conflictRefused, seen([ON_ITS_WAY], 'fail'))).toEqual([
    `web has a deployment of web:7 by ${URL}, which began at 10:32:05 UTC (ecs-svc/1) on its way: \`on-conflict: fail\` stops this release; run the job again when that deployment has ended.`
  ])
})

test('or is waited for later, when the image is there', () => {
  const waiting = seen([ON_ITS_WAY], 'wait')
  expect([...messages(conflictRefused, waiting), ...messages(conflictSuperseded, waiting)]).toEqual([])
})

test.each([
  ['a service at rest', [{...ON_ITS_WAY, rolloutState: 'COMPLETED'}], 90],
  ['a deployment that failed and stays', [{...ON_ITS_WAY, rolloutState: 'FAILED'}], 90],
  ['a deployment of an earlier attempt of this run', [ON_ITS_WAY], 100],
  ['a Classic Load Balancer, at rest', [{...ON_ITS_WAY, rolloutState: undefined}], 90]
] as [string, Deployment[], number][])('%s is no conflict', (_, deployments, runId) => {
  expect(messages(conflictRefused, seen(deployments, 'fail', runId))).toEqual([])
})

test('behind a Classic Load Balancer, which has no rollout state, tasks of two deployments tell', () => {
  const primary: Deployment = {...ON_ITS_WAY, rolloutState: undefined}
  expect(
    messages(conflictRefused, seen([primary, {...primary, id: 'ecs-svc/0', status: 'ACTIVE'}], 'fail'))
  ).toHaveLength(1)
})

test('a deployment of CodeDeploy is told by its task sets, and cannot be superseded', () => {
  const taskSet = {
    id: 'ecs-svc/1',
    externalId: 'd-ABC',
    taskDefinition: ARN,
    createdAt: new Date('2026-03-01T10:32:05Z')
  }
  const old = {...taskSet, externalId: 'd-OLD', createdAt: new Date('2026-02-01T10:32:05Z')}
  const service = {deploymentController: {type: 'CODE_DEPLOY'}, taskSets: [old, taskSet], deployments: []} as const
  expect(
    messages(conflictSuperseded, situation({service: {...service, taskSets: [...service.taskSets], deployments: []}}))
  ).toEqual([
    'web has a deployment of web:7, which began at 10:32:05 UTC (d-ABC) on its way: CodeDeploy makes one at a time, so this release fails after the build unless it is of the same revision; write `on-conflict: wait` to let that one end first, or `fail` to stop here.'
  ])
  expect(messages(conflictSuperseded, situation({service: {...service, taskSets: [old], deployments: []}}))).toEqual([])
  const kept = [old, {...taskSet, status: 'PRIMARY'}]
  expect(messages(conflictSuperseded, situation({service: {...service, taskSets: kept, deployments: []}}))).toEqual([])
})
