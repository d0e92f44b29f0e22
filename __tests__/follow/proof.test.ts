import type {Task} from '@aws-sdk/client-ecs'
import {describe, expect, test} from '@jest/globals'
import {originOf, describeOrigin} from '../../src/follow/origin.ts'
import {describeProof, digestIn, proofOf} from '../../src/follow/proof.ts'
import {digest} from './examples.ts'

const [A, B, C] = [digest('a'), digest('b'), digest('c')]

function task(app: string | undefined, lastStatus = 'RUNNING'): Task {
  return {
    lastStatus,
    containers: [
      {name: 'app', imageDigest: app},
      {name: 'proxy', imageDigest: C}
    ]
  }
}

describe('the image that tasks run', () => {
  test('is the one that is released, or one of its platforms', () => {
    expect(proofOf([task(A), task(A)], ['app'], A, [A])).toEqual({digest: A, tasks: 2, same: 2, others: []})
    expect(proofOf([task(A), task(B)], ['app'], A, [A, B])).toEqual({digest: A, tasks: 2, same: 2, others: []})
  })

  test('is another one', () => {
    const others = [
      {digest: B, tasks: 2},
      {digest: C, tasks: 1}
    ]
    expect(proofOf([task(A), task(B), task(B), task(C)], ['app'], A, [A])).toMatchObject({same: 1, others})
    expect(proofOf([task(A)], ['app', 'proxy'], A, [A])).toMatchObject({same: 0, others: [{digest: C, tasks: 1}]})
  })

  test('is not known', () => {
    expect(proofOf([task(A), task(undefined)], ['app'], A, [A])).toEqual({digest: A, tasks: 2, same: 1, others: []})
    expect(proofOf([task(A)], ['gone'], A, [A])).toMatchObject({same: 0, others: []})
  })

  test('tasks that do not run yet prove nothing', () => {
    expect(proofOf([task(A), task(undefined, 'PENDING')], ['app'], A, [A])).toMatchObject({tasks: 1, same: 1})
  })

  test('is told with the count', () => {
    const proof = {digest: A, tasks: 2, same: 2, others: []}
    expect(describeProof(proof)).toBe('2 of 2 tasks run sha256:aaaaaaaaaaaa, the image that is released')
    expect(describeProof({...proof, tasks: 1, same: 1})).toBe(
      '1 of 1 task runs sha256:aaaaaaaaaaaa, the image that is released'
    )
    expect(describeProof({...proof, same: 1})).toBe(
      '1 of 2 tasks run sha256:aaaaaaaaaaaa, the image that is released; ECS names no digest for the others'
    )
    expect(describeProof({...proof, tasks: 3, same: 1, others: [{digest: B, tasks: 1}]})).toBe(
      '1 of 3 tasks run sha256:aaaaaaaaaaaa, the image that is released; 1 runs another; ECS names no digest for the others'
    )
  })

  test('stands in its reference', () => {
    expect(digestIn(`host/web:v2@${A}`)).toBe(A)
    expect(digestIn('host/web:v2')).toBeUndefined()
  })
})

describe('where a revision is from', () => {
  const commit = '3c5f1e2a'.repeat(5)
  const run = 'https://github.com/shop/web/actions/runs/42/attempts/1'
  const tag = (name: string, value: string) => ({key: `ecs-release:${name}`, value})
  const image = (reference: string) => ({containerDefinitions: [{image: 'nginx'}, {image: reference}]})

  test('by its tags', () => {
    expect(originOf({}, [tag('commit', commit), tag('run', run)])).toEqual({commit, run})
    expect(originOf({}, [{key: 'team', value: 'shop'}])).toBeUndefined()
  })

  test('by the tag of its image', () => {
    expect(originOf(image(`host/web:v1.4.0-3c5f1e2-9871234567-5d41402a@${A}`), [])).toEqual({
      commit: '3c5f1e2',
      run: undefined
    })
    expect(originOf(image('host/web:3c5f1e2-9871234567-5d41402a'), [])?.commit).toBe('3c5f1e2')
    expect(originOf(image('host/web:v1.4.0'), [])).toBeUndefined()
  })

  test.each([
    tag('commit', '$(rm -rf)'),
    tag('commit', 'main'),
    tag('run', 'javascript:alert(1)'),
    tag('run', 'https://github.com/shop/web/actions/runs/42?x=::error::'),
    tag('run', `https://github.com/shop/web/actions/runs/42\n::error::forged`)
  ])('tags of another form do not count: %j', forged => {
    expect(originOf({}, [forged])).toBeUndefined()
  })

  test('in words', () => {
    expect(describeOrigin({commit, run})).toBe(`commit 3c5f1e2, ${run}`)
    expect(describeOrigin({commit, run: undefined})).toBe('commit 3c5f1e2')
    expect(describeOrigin({commit: undefined, run})).toBe(run)
    expect(describeOrigin(undefined)).toBeUndefined()
  })
})
