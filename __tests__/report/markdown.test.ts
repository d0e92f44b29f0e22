import {expect, test} from '@jest/globals'
import {block, code, link, plain, table} from '../../src/report/markdown.ts'

const HOSTILE = '</code><script>alert(1)</script> | `x` **b** [l](http://e) ![i](x) https://e.example ~~s~~ # h\n- item'

test('no markup survives in plain text, code and cells', () => {
  for (const text of [plain(HOSTILE), code(HOSTILE).slice('<code>'.length, -'</code>'.length)]) {
    expect(text.replace(/&(#\d+|amp|lt|gt);/g, '')).not.toMatch(/[<>|`*[\]#~\n]/)
  }
})

test('no formula and no link begins in plain text', () => {
  expect(plain('$x$ www.e.example')).toBe('&#36;x&#36; www&#46;e.example')
})

test('a block of code cannot be closed from within', () => {
  const text = 'a\n````\nb'
  expect(block(text)).toBe('`````text\na\n````\nb\n`````')
})

test('links and tables', () => {
  expect(link('web "x"', 'https://a.example/?a=1&b="')).toBe(
    '<a href="https://a.example/?a=1&amp;b=&quot;">web "x"</a>'
  )
  expect(table(['A', 'B'], [['1', '2']])).toBe('| A | B |\n| --- | --- |\n| 1 | 2 |')
})
