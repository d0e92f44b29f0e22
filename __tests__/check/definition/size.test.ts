import {expect, test} from '@jest/globals'
import {definitionSize} from '../../../src/check/definition/size.ts'
import {messages, situation} from '../situation.ts'
import {withContainers} from './support.ts'

test('a definition may be 64 KiB, in bytes of UTF-8, and not one more', () => {
  const sized = (user: string) => withContainers({user})
  const fits = 65_536 - Buffer.byteLength(JSON.stringify(sized('')))
  const most = 'ä'.repeat(Math.floor(fits / 2)) + 'x'.repeat(fits % 2)
  expect(messages(definitionSize, situation({definition: sized(most)}))).toEqual([])
  expect(messages(definitionSize, situation({definition: sized(`${most}x`)}))).toEqual([
    'The task definition `task-definition.json` has 65537 bytes when rendered, but ECS takes no more than 65536: move environment variables into `environmentFiles` or secrets, and long commands into the image.'
  ])
})
