import type {Finding} from '../check/finding.ts'
import {count} from '../workflow/text.ts'
import {block, prose} from './markdown.ts'
import {hasErrors, type Story} from './story.ts'

/** The headline of what was stopped before the build; `undefined` when nothing that was found stopped it. Pure. */
export function stoppedHeadline({findings: found, isPlan, status}: Pick<Story, 'findings' | 'isPlan' | 'status'>) {
  if (status !== 'error' || !hasErrors(found)) return undefined
  const errors = count(found.filter(({level}) => level === 'error').length, 'mistake')
  return `${isPlan ? 'A release would fail' : 'Nothing was released'}: ${errors} found before the build`
}

/** What was found before the build, as a list; empty when there is nothing. Pure. */
export function findings(story: Pick<Story, 'findings' | 'isPlan' | 'status'>): string {
  if (story.findings.length === 0) return ''
  const title = stoppedHeadline(story) === undefined ? ['**Found before the build**'] : []
  return [...title, ...story.findings.map(item)].join('\n\n')
}

function item({level, message, fix}: Finding): string {
  const line = `- ${level === 'error' ? '❌' : '⚠️'} ${prose(message)}`
  return fix === undefined ? line : `${line}\n\n${block(fix).replace(/^/gm, '  ')}`
}
