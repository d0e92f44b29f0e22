import {expect, test} from '@jest/globals'
import {olderReRun, olderRun} from '../../../src/check/safety/order.ts'
import {messages, situation} from '../situation.ts'

const ARN = 'arn:aws:ecs:eu-central-1:111122223333:task-definition/web:7'

/** A revision that was registered by a run of a repository. */
function revision(runId: number, {repository = 'octo/web', server = 'https://github.com'} = {}) {
  const run = `${server}/${repository}/actions/runs/${runId}/attempts/1`
  const tags = [
    {key: 'ecs-release:repository', value: repository},
    {key: 'ecs-release:commit', value: '9'.repeat(40)},
    {key: 'ecs-release:run', value: run}
  ]
  return {arn: ARN, status: 'ACTIVE', json: {}, tags}
}

const RUN = situation().run

test('the first attempt of an older run does not go behind a newer one', () => {
  const seen = situation({running: revision(101)})
  expect(messages(olderRun, seen)).toEqual([
    'web runs web:7, which a newer run of this repository released with commit 9999999 (https://github.com/octo/web/actions/runs/101/attempts/1): this run is older and would undo that, so it stops here; re-run this job if going back is what you want.'
  ])
  expect(messages(olderReRun, seen)).toEqual([])
})

test('a re-run may, and that is said', () => {
  const seen = situation({running: revision(101), run: {...RUN, attempt: 2}})
  expect(messages(olderRun, seen)).toEqual([])
  expect(messages(olderReRun, seen)).toEqual([
    'web runs web:7, which a newer run of this repository released with commit 9999999 (https://github.com/octo/web/actions/runs/101/attempts/1): this re-run of an older run goes back behind that.'
  ])
})

test.each([
  ['an older run', revision(99)],
  ['this run itself', revision(100)],
  ['another repository', revision(101, {repository: 'octo/api'})],
  ['another server', revision(101, {server: 'https://ghe.example.com'})],
  ['nobody who says so', {...revision(101), tags: []}],
  [
    'a tag that is not of this form',
    {...revision(101), tags: [{key: 'ecs-release:run', value: 'https://github.com/x?actions/runs/101'}]}
  ],
  ['what may not be read', undefined]
])('what was released by %s is released over', (_, running) => {
  const seen = situation({running})
  expect(messages(olderRun, seen)).toEqual([])
})
