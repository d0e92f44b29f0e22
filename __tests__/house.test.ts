import {expect, test} from '@jest/globals'
import {readdirSync, readFileSync} from 'node:fs'
import {join, relative} from 'node:path'

/** Used by every room, so they are left out of the drawing. */
const EVERYWHERE = ['workflow', 'world']

function sources(folder: string): string[] {
  return readdirSync(folder, {recursive: true, encoding: 'utf8'})
    .filter(file => file.endsWith('.ts'))
    .map(file => join(folder, file))
}

/** `src/image/build.ts` is in the room `image`, `src/main.ts` in `main`. */
function roomOf(path: string): string {
  return (path.split(/[/\\]/)[0] ?? '').replace(/\.ts$/, '')
}

function drawn(): string[] {
  const [, drawing = ''] = /```mermaid\n([\s\S]*?)```/.exec(readFileSync('README.md', 'utf8')) ?? []
  return [...drawing.matchAll(/^ +([\w-]+) --> ([\w-]+)$/gm)].map(([, from, to]) => `${from ?? ''} → ${to ?? ''}`)
}

function built(): string[] {
  const arrows = sources('src').flatMap(file => {
    const from = roomOf(relative('src', file))
    const imports = [...readFileSync(file, 'utf8').matchAll(/ from '(\.[^']+)'/g)]
    return imports.map(([, path = '']) => `${from} → ${roomOf(relative('src', join(file, '..', path)))}`)
  })
  return [...new Set(arrows)]
}

test('the drawing in the README is true', () => {
  const isDrawn = (arrow: string): boolean => {
    const [from = '', to = ''] = arrow.split(' → ')
    return from !== to && from !== 'index' && !EVERYWHERE.includes(from) && !EVERYWHERE.includes(to)
  }
  expect(built().filter(isDrawn).sort()).toEqual(drawn().filter(isDrawn).sort())
})

test('imports go one way', () => {
  const arrows = built().map(arrow => arrow.split(' → '))
  const reaches = (from: string, to: string, seen = new Set<string>()): boolean =>
    arrows.some(([a, b = '']) => {
      if (a !== from || b === from || seen.has(b)) return false
      return b === to || reaches(b, to, seen.add(b))
    })
  const rooms = new Set(arrows.flat())
  expect([...rooms].filter(room => reaches(room, room))).toEqual([])
})

test('run is about thirty lines', () => {
  const source = readFileSync('src/main.ts', 'utf8')
  const run = source.slice(source.indexOf('export async function run'))
  expect(run.trim().split('\n').length).toBeLessThanOrEqual(36)
})
