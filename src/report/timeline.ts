import type {Followed} from '../follow/follow.ts'
import {duration} from '../workflow/text.ts'
import {isGood, type Phase, type ServiceStory, statusName, type Story} from './story.ts'

/** A bar of the chart; a critical one is drawn in red. */
interface Bar {
  readonly name: string
  readonly from: Date
  readonly to: Date
  readonly critical?: boolean
}

/** Parts of the release that are only worth a bar when they take long; in milliseconds. */
const ASIDE = ['Sign in', 'Wait for others', 'Update', 'Rollback']
const LONG = 1000
/** A release that got no further has no course. */
const BEFORE = ['Sign in', 'Check']
/** Is shown service by service. */
const FOLLOWED = 'Deploy'

const MOST_TICKS = 8
const TICKS: readonly (readonly [interval: string, seconds: number])[] = [
  ['1second', 1],
  ['5second', 5],
  ['10second', 10],
  ['30second', 30],
  ['1minute', 60],
  ['5minute', 300],
  ['10minute', 600],
  ['30minute', 1800]
]
const LONGEST_TICK = '1hour'

/**
 * The course of a release as a Gantt chart in Mermaid, which GitHub draws in a job summary: the parts of the release, then
 * what each service went through. Each bar says how long it took, so that short ones can be read too. Pure.
 */
export function timeline(story: Story): string {
  if (story.phases.every(({name}) => BEFORE.includes(name))) return ''
  const deploy = story.phases.find(({name}) => name === FOLLOWED)
  const sections = [
    {name: 'release', bars: releaseBars(story)},
    ...story.services.map(service => ({name: service.name, bars: serviceBars(service, deploy)}))
  ]
  const lines = sections
    .filter(({bars}) => bars.length > 0)
    .flatMap(({name, bars}) => [`  section ${name}`, ...bars.map(bar => `  ${line(bar, story.startedAt)}`)])
  return lines.length === 0 ? '' : ['```mermaid', ...head(story), ...lines, '```'].join('\n')
}

/**
 * Times count from the start of the release. Mermaid reads and shows times of the viewer's own time zone, so they are
 * written as those of some day; `todayMarker` would be a line far off.
 */
function head({startedAt, endedAt}: Story): string[] {
  const seconds = (endedAt.getTime() - startedAt.getTime()) / 1000
  const [tick = LONGEST_TICK] = TICKS.find(([, length]) => seconds / length <= MOST_TICKS) ?? []
  return [
    'gantt',
    '  dateFormat YYYY-MM-DD HH:mm:ss.SSS',
    `  axisFormat ${seconds < 3600 ? '%M:%S' : '%H:%M'}`,
    `  tickInterval ${tick}`,
    '  todayMarker off'
  ]
}

function line({name, from, to, critical = false}: Bar, start: Date): string {
  const took = duration(to.getTime() - from.getTime())
  return `${name} ${took} :${critical ? 'crit, ' : ''}${time(from, start)}, ${time(to, start)}`
}

/** Such as `2000-01-01 00:02:20.500`. */
function time(at: Date, start: Date): string {
  const elapsed = Math.max(0, at.getTime() - start.getTime())
  return new Date(Date.UTC(2000, 0, 1) + elapsed).toISOString().replace('T', ' ').replace('Z', '')
}

function releaseBars({phases, image}: Story): Bar[] {
  return phases
    .filter(({name}) => name !== FOLLOWED)
    .map(({name, startedAt, endedAt}) => ({name: phaseName(name, image), from: startedAt, to: endedAt}))
    .filter(({name, from, to}) => !ASIDE.includes(name) || to.getTime() - from.getTime() >= LONG)
}

/** What was done for the image. */
export function phaseName(name: string, image: Story['image']): string {
  return name === 'Image' && image?.origin === 'built' ? 'Build and push' : name
}

/**
 * What a service went through: the milestones of its deployment in their order; what comes after the last one is how it
 * ended. They are seen by this runner's clock, so they begin when following does.
 */
function serviceBars({followed}: ServiceStory, deploy: Phase | undefined): Bar[] {
  if (followed === undefined || deploy === undefined) return []
  if (followed.lifecycle.stages.length > 0) return stageBars(followed)
  const bars: Bar[] = []
  let from = deploy.startedAt
  for (const [name, to] of milestones(followed)) {
    if (to === undefined || to < from) continue
    bars.push({name, from, to})
    from = to
  }
  const {outcome, endedAt} = followed
  const critical = !isGood(outcome.status)
  if (critical || endedAt.getTime() - from.getTime() >= LONG)
    bars.push({name: critical ? statusName(outcome.status) : 'Settle', from, to: endedAt, critical})
  return bars
}

/** The lifecycle stages of a deployment that shifts traffic, and its pauses beside the stage that they are in. */
function stageBars({lifecycle: {stages, pauses}, outcome, endedAt}: Followed): Bar[] {
  const critical = !isGood(outcome.status)
  const last = stages.at(-1)
  const ofStages = stages.map(span => ({
    name: stageName(span.stage),
    from: span.from,
    to: span.to ?? endedAt,
    critical: critical && span === last
  }))
  const ofPauses = pauses.map(({from, to}) => ({name: 'Paused', from, to: to ?? endedAt}))
  return [...ofStages, ...ofPauses]
    .filter(({from, to}) => to > from)
    .toSorted((one, other) => one.from.getTime() - other.from.getTime())
}

/** `Post test traffic shift`, or `After install` of CodeDeploy's; nothing in it means anything to Mermaid. */
function stageName(stage: string): string {
  const words = stage
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .replace(/[^a-z]+/g, ' ')
    .trim()
  return words.charAt(0).toUpperCase() + words.slice(1)
}

function milestones({timeline: {placed, running, full, healthy, drained}}: Followed): [string, Date | undefined][] {
  return [
    ['Place', placed],
    ['Start', running],
    ['Become healthy', healthy ?? full],
    ['Drain', drained]
  ]
}
