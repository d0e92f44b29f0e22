import {expect, test} from '@jest/globals'
import {Failure} from '../../src/workflow/failure.ts'
import {readWorkflowRun} from '../../src/workflow/event.ts'

const ENV = {
  GITHUB_REPOSITORY: 'acme/shop',
  GITHUB_WORKSPACE: '/home/runner/work/shop/shop',
  RUNNER_TEMP: '/home/runner/work/_temp',
  GITHUB_REF_NAME: 'v1.4.0',
  GITHUB_REF_TYPE: 'tag'
}
const RUN = {
  payload: {},
  sha: '3f2a91c0000000000000000000000000000000aa',
  ref: 'refs/tags/v1.4.0',
  job: 'release',
  action: 'release',
  runId: 1640,
  runAttempt: 2,
  serverUrl: 'https://github.com'
}

test('a pushed tag', () => {
  expect(readWorkflowRun(ENV, RUN)).toMatchObject({
    refName: 'v1.4.0',
    refType: 'tag',
    commit: RUN.sha,
    runId: '1640',
    attempt: 2,
    url: 'https://github.com/acme/shop/actions/runs/1640/attempts/2'
  })
})

test('a branch keeps its slashes', () => {
  const env = {...ENV, GITHUB_REF_NAME: 'feature/login', GITHUB_REF_TYPE: 'branch'}
  expect(readWorkflowRun(env, {...RUN, ref: 'refs/heads/feature/login'})).toMatchObject({
    refName: 'feature/login',
    refType: 'branch'
  })
})

test('a published release, a pull request and a finished workflow name their own commit', () => {
  expect(readWorkflowRun(ENV, {...RUN, payload: {release: {tag_name: 'v2'}}}).refName).toBe('v2')
  const head = {sha: 'b'.repeat(40)}
  expect(readWorkflowRun(ENV, {...RUN, payload: {pull_request: {number: 1, head}}}).commit).toBe(head.sha)
  expect(readWorkflowRun(ENV, {...RUN, payload: {workflow_run: {head_sha: 'c'.repeat(40)}}}).commit).toBe(
    'c'.repeat(40)
  )
})

test('a merged pull request is what the merge made of it', () => {
  const pull_request = {number: 1, head: {sha: 'b'.repeat(40)}, merged: true, merge_commit_sha: 'd'.repeat(40)}
  expect(readWorkflowRun(ENV, {...RUN, payload: {action: 'closed', pull_request}}).commit).toBe('d'.repeat(40))
})

test('a finished workflow names its own branch', () => {
  const workflow_run = {head_sha: 'c'.repeat(40), head_branch: 'feature/login'}
  expect(readWorkflowRun(ENV, {...RUN, payload: {workflow_run}})).toMatchObject({
    refName: 'feature/login',
    refType: 'branch'
  })
})

test('outside a run it says so', () => {
  expect(() => readWorkflowRun({}, RUN)).toThrow(
    new Failure('The environment variable GITHUB_REPOSITORY is not set: this action runs in a job of GitHub Actions.')
  )
})

test('the number of the pull request, where the run is about one', () => {
  expect(readWorkflowRun(ENV, RUN)).not.toHaveProperty('pullRequest')
  expect(readWorkflowRun(ENV, {...RUN, payload: {pull_request: {number: 12}}}).pullRequest).toBe(12)
})

test('a further step needs the role as well, if it is one', () => {
  const named = {...ENV, GITHUB_ACTION_REPOSITORY: 'octo-org/ecs-release', GITHUB_ACTION_REF: 'v1'}
  const role = 'arn:aws:iam::111122223333:role/release-web'
  const actionOf = (input: string) => readWorkflowRun({...named, 'INPUT_ROLE-TO-ASSUME': input}, RUN).action
  expect(actionOf(role)).toEqual({repository: 'octo-org/ecs-release', ref: 'v1', role})
  expect(actionOf(`${role}\n- run: x`)).toEqual({repository: 'octo-org/ecs-release', ref: 'v1'})
})

test.each([
  ['octo-org/ecs-release', 'v1', {repository: 'octo-org/ecs-release', ref: 'v1'}],
  ['octo-org/ecs-release', 'feature/x', {repository: 'octo-org/ecs-release', ref: 'feature/x'}],
  ['', '', undefined],
  ['octo-org/ecs-release', "v1'; rm -rf", undefined],
  ['octo-org/ecs-release\n- run: x', 'v1', undefined]
])('the action is named only as a workflow can name it without quotes: %j at %j', (repository, ref, action) => {
  const env = {...ENV, GITHUB_ACTION_REPOSITORY: repository, GITHUB_ACTION_REF: ref}
  expect(readWorkflowRun(env, RUN).action).toEqual(action)
})
