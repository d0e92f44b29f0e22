import {expect, test} from '@jest/globals'
import {oursAmong} from '../../src/follow/service-deployments.ts'
import {after, OLD, OURS, started} from './examples.ts'

const revision = (deploymentId: string): string => `${started.service.arn}/${deploymentId.replace('ecs-svc/', '')}`
const item = (serviceDeploymentArn: string, seconds: number, deploymentId = 'ecs-svc/1') => ({
  serviceDeploymentArn,
  createdAt: after(seconds),
  targetServiceRevisionArn: revision(deploymentId)
})
const deployments = [
  {id: OURS, createdAt: after(0)},
  {id: OLD, createdAt: after(-600)}
]
const numbered = {deployments, currentServiceRevisions: [{arn: revision(OURS)}]}
const apart = {deployments, currentServiceRevisions: [{arn: revision('ecs-svc/1')}]}

test('our service deployment is the one whose revision has the number of our deployment', () => {
  const ours = item('ours', 1, OURS)
  expect(oursAmong([item('other', 0), ours], numbered, started)).toBe(ours)
  expect(oursAmong([item('other', 0)], numbered, started)).toBeUndefined()
  expect(oursAmong([item('other', 0)], {deployments}, started)).toBeUndefined()
})

test('where revisions have other numbers, it is the only one that was created when ours was', () => {
  const [ours, other] = [item('ours', 3), item('other', -30)]
  expect(oursAmong([other, ours], apart, started)).toBe(ours)
  expect(oursAmong([other], apart, started)).toBeUndefined()
  expect(oursAmong([item('other', 1), ours], apart, started)).toBeUndefined()
})
