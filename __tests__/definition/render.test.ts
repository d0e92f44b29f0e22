import {expect, test} from '@jest/globals'
import {complete, renderDefinition} from '../../src/definition/render.ts'
import {definition, failureOf} from './support.ts'

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

test('a definition may be 64 KiB, in bytes of UTF-8, and not one more', () => {
  const sized = (length: number) =>
    definition(JSON.stringify({family: 'web', containerDefinitions: [{name: 'web', user: 'ä'.repeat(length)}]}))
  const overhead = Buffer.byteLength(JSON.stringify(renderDefinition(sized(0), IMAGE, ['web']).json))
  const fits = Math.floor((65536 - overhead) / 2)
  expect(Buffer.byteLength(JSON.stringify(renderDefinition(sized(fits), IMAGE, ['web']).json))).toBeGreaterThan(65534)
  expect(failureOf(() => renderDefinition(sized(fits + 1), IMAGE, ['web'])).message).toBe(
    `The task definition \`task-definition.json\` has ${overhead + 2 * (fits + 1)} bytes when rendered, but ECS takes no more than 65536: move environment variables into \`environmentFiles\` or secrets, and long commands into the image.`
  )
})

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
