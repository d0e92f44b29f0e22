import {expect, test} from '@jest/globals'
import {goneImage, inactiveRevision} from '../../../src/check/safety/way-back.ts'
import {messages, situation} from '../situation.ts'

const running = {
  arn: 'arn:aws:ecs:eu-central-1:111122223333:task-definition/web:7',
  status: 'INACTIVE',
  json: {},
  tags: []
}

test('a revision that was deregistered cannot be gone back to', () => {
  expect(messages(inactiveRevision, situation({running}))).toEqual([
    'web:7, which web runs, is INACTIVE: if this release fails, ECS cannot go back to it, so leave revisions registered as long as a service may return to them.'
  ])
  expect(messages(inactiveRevision, situation({running: {...running, status: 'ACTIVE'}}))).toEqual([])
  expect(messages(inactiveRevision, situation())).toEqual([])
})

test('nor can one whose image is gone', () => {
  const goneImages = [{container: 'app', image: 'registry/web:v1'}]
  expect(messages(goneImage, situation({running, goneImages}))).toEqual([
    "The image registry/web:v1 of app in web:7 is not in ECR any more: if this release fails, tasks of the revision that runs now cannot be started again, so let the repository's lifecycle policy keep the images of past releases."
  ])
  expect(messages(goneImage, situation({running, goneImages: []}))).toEqual([])
  expect(messages(goneImage, situation({running}))).toEqual([])
})
