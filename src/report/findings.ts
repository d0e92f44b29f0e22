import type {Finding} from '../check/finding.ts'
import {block, prose} from './markdown.ts'
import type {Story} from './story.ts'

/** What was found before the build, as a list; nothing when the headline has said it all. Pure. */
export function findings({findings: found, headline}: Pick<Story, 'findings' | 'headline'>): string {
  const unsaid = found.filter(({message, fix}) => message !== headline || fix !== undefined)
  return unsaid.length === 0 ? '' : ['**Found before the build**', ...unsaid.map(item)].join('\n\n')
}

function item({level, message, fix}: Finding): string {
  const line = `- ${level === 'error' ? '❌' : '⚠️'} ${prose(message)}`
  return fix === undefined ? line : `${line}\n\n${block(fix).replace(/^/gm, '  ')}`
}
