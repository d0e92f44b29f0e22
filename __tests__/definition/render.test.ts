import {expect, test} from '@jest/globals'
import {complete, renderDefinition} from '../../src/definition/render.ts'
import {definition} from './support.ts'

const IMAGE = '111122223333.dkr.ecr.eu-central-1.amazonaws.com/web:v1@sha256:00'

test.each(['nginx', '<IMAGE1_NAME>', '${CONTAINER_IMAGE}', '{{ must_env `IMAGE` }}', '%URI%:v_%BUILD%', '', undefined])(
  'the image %j is overwritten, and nothing else changes',
  image => {
    const before = {
      family: 'web',
      containerDefinitions: [
        {name: 'redis', image: 'redis'},
        {cpu: 0, image, name: 'web', unknown: {image: 'x'}},
        {name: 'worker', image: 'y'}
      ],
      unknown: [1]
    }
    const original = definition(JSON.stringify(before))
    const rendered = renderDefinition(original, IMAGE, ['web', 'worker'])
    expect(rendered.json).toEqual({
      ...before,
      containerDefinitions: [
        {name: 'redis', image: 'redis'},
        {cpu: 0, image: IMAGE, name: 'web', unknown: {image: 'x'}},
        {name: 'worker', image: IMAGE}
      ]
    })
    expect(original.json).toEqual(JSON.parse(JSON.stringify(before)))
    expect(rendered.locate(['family'])).toEqual(original.locate(['family']))
  }
)

test('a bare list of containers takes everything else from the current definition', () => {
  expect(
    complete(
      {containerDefinitions: [{name: 'web'}]},
      {family: 'web', cpu: '256', containerDefinitions: [{name: 'old'}], tags: [{key: 'team', value: 'shop'}]}
    )
  ).toEqual({
    family: 'web',
    cpu: '256',
    containerDefinitions: [{name: 'web'}],
    tags: [{key: 'team', value: 'shop'}]
  })
})
