import {existsSync, readFileSync} from 'node:fs'
import {readFile} from 'node:fs/promises'
import {expect, test} from '@jest/globals'
import {withChecks, withTables} from '../../scripts/readme.ts'
import {CHECKS} from '../../src/check/checks.ts'

const action = `
inputs:
  service: {description: "The service, by name\\n or ARN.", required: true}
  cluster: {description: Its cluster., default: default}
  image: {description: One of a | b.}
outputs:
  status: {description: How it ended.}
`
const marked = '# Title\n\n<!-- inputs -->\n\nold\n\n<!-- /inputs -->\n\n<!-- outputs -->\n<!-- /outputs -->\n'

test('the tables stand between their markers', async () => {
  expect(await withTables(marked, action)).toBe(`# Title

<!-- inputs -->

| Input     | Default      | Description                  |
| --------- | ------------ | ---------------------------- |
| \`service\` | **required** | The service, by name or ARN. |
| \`cluster\` | \`default\`    | Its cluster.                 |
| \`image\`   |              | One of a \\| b.               |

<!-- /inputs -->

<!-- outputs -->

| Output   | Description   |
| -------- | ------------- |
| \`status\` | How it ended. |

<!-- /outputs -->
`)
})

test('a README without markers is refused', async () => {
  await expect(withTables('# Title\n', action)).rejects.toThrow(
    'The page lacks the markers <!-- inputs --> and <!-- /inputs -->.'
  )
})

test('README.md says what action.yml does', async () => {
  const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8')
  const actionYaml = await readFile(new URL('../../action.yml', import.meta.url), 'utf8')
  expect(await withTables(readme, actionYaml)).toBe(readme)
})

test('docs/checks.md has every check, by a name of its own', async () => {
  const page = await readFile(new URL('../../docs/checks.md', import.meta.url), 'utf8')
  expect(await withChecks(page, CHECKS)).toBe(page)
  expect(new Set(CHECKS.map(({name}) => name)).size).toBe(CHECKS.length)
})

test('what the README shows and names is there', () => {
  const readme = readFileSync('README.md', 'utf8')
  const files = [...readme.matchAll(/\]\((?!https?:|#)([^)#]+)\)/g)].flatMap(([, file]) => file ?? [])
  expect(files).toContain('.github/summary-failure.png')
  expect(files.filter(file => !existsSync(file))).toEqual([])
  const headings = [...readme.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading.toLowerCase())
  const anchors = headings.map(heading => heading.replace(/[^\w\s-]/g, '').replace(/ /g, '-'))
  const linked = [...readme.matchAll(/\]\(#([\w-]+)\)/g)].flatMap(([, anchor]) => anchor ?? [])
  expect(linked.filter(anchor => !anchors.includes(anchor))).toEqual([])
})
