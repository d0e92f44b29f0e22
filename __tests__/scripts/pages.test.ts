import {existsSync, readdirSync, readFileSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {expect, test} from '@jest/globals'
import {parse} from 'yaml'
import {withTables} from '../../scripts/readme.ts'

const pages = ['README.md', ...readdirSync('docs').map(name => `docs/${name}`)]

test.each(['rollback', 'continue'])('the page of %s says what its action.yml does', async name => {
  const page = readFileSync(`docs/${name}.md`, 'utf8')
  expect(await withTables(page, readFileSync(`${name}/action.yml`, 'utf8'))).toBe(page)
})

test.each(pages)('what %s links to is there, with its heading', page => {
  const links = [...readFileSync(page, 'utf8').matchAll(/\]\((?!https?:)([^)#]*)(?:#([\w-]+))?\)/g)]
  const broken = links.filter(([, file = '', anchor]) => {
    const target = file === '' ? page : join(dirname(page), file)
    return !existsSync(target) || (anchor !== undefined && !anchorsOf(target).includes(anchor))
  })
  expect(broken.map(([link]) => link)).toEqual([])
})

test('each input of a release has its place among those that belong together', () => {
  const [, table = ''] =
    /Which belong together:\n\n(.*?)\n\n<!-- inputs -->/s.exec(readFileSync('README.md', 'utf8')) ?? []
  const named = table.split('\n').flatMap(row => [...(row.split('|')[2] ?? '').matchAll(/`([\w-]+)`/g)])
  const {inputs} = parse(readFileSync('action.yml', 'utf8')) as {readonly inputs: object}
  const expected = Object.keys(inputs).filter(name => name !== 'matrix')
  expect(named.map(([, name]) => name).sort()).toEqual(expected.sort())
})

/** The anchors that GitHub gives to the headings of a page. */
function anchorsOf(page: string): string[] {
  const headings = [...readFileSync(page, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading.toLowerCase()
  )
  return headings.map(heading => heading.replace(/[^\w\s-]/g, '').replace(/ /g, '-'))
}
