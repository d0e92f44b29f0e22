import {expect, test} from '@jest/globals'
import {conclude, isGood} from '../../src/follow/conclude.ts'
import type {ServiceSnapshot} from '../../src/follow/snapshot.ts'
import type {StartedDeployment} from '../../src/follow/started.ts'
import {
  after,
  deployment,
  type Look,
  lookAt,
  moment,
  old,
  OLD,
  ours,
  service,
  serviceDeployment,
  started
} from './examples.ts'

const DONE = service({
  deployments: [ours({running: 2, rolloutState: 'COMPLETED'})],
  serviceDeployment: serviceDeployment('SUCCESSFUL')
})
const BACK = service({
  deployments: [old({status: 'PRIMARY'})],
  serviceDeployment: serviceDeployment('ROLLBACK_SUCCESSFUL')
})
const redeployed: StartedDeployment = {...started, wayBack: 'redeployed'}
const withdrawn: StartedDeployment = {...started, joined: true, wayBack: 'withdrawn'}

function verdict(snapshot: ServiceSnapshot, deployment: StartedDeployment): [status: string, headline: string] {
  const looks = [10, 12, 14, 16].map((seconds): Look => [seconds, snapshot])
  const {status = 'started', headline = ''} = conclude(lookAt(looks, deployment).state, moment(60)) ?? {}
  return [`${status} ${isGood(status) ? 'green' : 'red'}`, headline]
}

test('a revision that was deployed again is restored', () => {
  expect(verdict(DONE, redeployed)).toEqual([
    'restored green',
    'Restored web:42 on web in prod: 2 of 2 tasks run it, 1 min.'
  ])
})

test('one that fails in turn is not', () => {
  expect(verdict(BACK, redeployed)[0]).toBe('rolled-back red')
})

test('a deployment that ECS rolled back as it was asked is what was wanted', () => {
  expect(verdict(BACK, withdrawn)).toEqual([
    'restored green',
    'Restored web:41 on web in prod: 2 of 2 tasks run it, 1 min.'
  ])
})

test('one that ECS has rolled back to another revision is not', () => {
  const elsewhere = service({
    deployments: [deployment(40, {id: OLD, running: 2, rolloutState: 'COMPLETED', createdAt: after(-86_400)})],
    serviceDeployment: serviceDeployment('ROLLBACK_SUCCESSFUL')
  })
  expect(verdict(elsewhere, withdrawn)).toEqual([
    'rollback-failed red',
    'Rollback failed: ECS has rolled web:42 back, but web in prod has web:40 now and not web:41.'
  ])
})

test('one that succeeded before it could be rolled back is not', () => {
  expect(verdict(DONE, withdrawn)).toEqual([
    'rollback-failed red',
    'Rollback failed: ECS had completed the deployment of web:42 to web in prod before it could be rolled back.'
  ])
})

test('a release is none of it', () => {
  expect(verdict(DONE, started)[0]).toBe('deployed green')
  expect(verdict(BACK, started)[0]).toBe('rolled-back red')
})
