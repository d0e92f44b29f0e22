import {describe, expect, test} from '@jest/globals'
import {marked} from 'marked'
import {NO_LIFECYCLE} from '../../src/follow/lifecycle.ts'
import {howToContinue} from '../../src/follow/next-step.ts'
import type {Followed} from '../../src/follow/follow.ts'
import type {Story} from '../../src/report/story.ts'
import {summary} from '../../src/report/summary.ts'
import type {TaskFailure} from '../../src/why/index.ts'
import {workflowRun} from '../image/support.ts'

const start = new Date('2026-11-21T10:00:00Z')
const end = new Date('2026-11-21T10:02:20Z')
const hostile =
  '</code></pre></details>|`\n```\n## Forged\n<script>alert(1)</script>\n::error::forged\n\u001b[31m\u202e$a$ @octocat'

const crash: TaskFailure = {
  kind: 'stopped',
  stopCode: 'EssentialContainerExited',
  reason: 'Essential container in task exited',
  taskIds: ['a', 'b'],
  containers: [
    {
      name: 'app',
      exitCode: 3,
      reason: undefined,
      health: undefined,
      log: {
        group: '/ecs/web',
        stream: 'web/app/a',
        region: 'eu-central-1',
        lines: ['Error: no database', '    at connect (/app/server.js:12:9)'],
        note: undefined
      }
    }
  ],
  targets: [],
  advice: 'Look at what the program prints',
  member: undefined
}

function storyOf(followed: object, changes: Partial<Story> = {}): Story {
  const whole = {
    started: {startedAt: start},
    outcome: {
      status: 'rolled-back',
      footer: {
        now: 'Now web in prod runs 2 of 2 tasks of web:1.',
        left: 'web:2 stays registered.',
        next: 'To go back:',
        command: 'aws ecs update-service --service web'
      }
    },
    endedAt: end,
    events: [],
    lifecycle: NO_LIFECYCLE,
    timeline: {placed: undefined, running: undefined, full: undefined, healthy: undefined, drained: undefined},
    taskFailures: [],
    proof: undefined,
    ...followed
  } as unknown as Followed
  return {
    work: 'Release',
    run: workflowRun(),
    region: 'eu-central-1',
    startedAt: start,
    endedAt: end,
    phases: [{name: 'Deploy', startedAt: start, endedAt: end}],
    findings: [],
    outlooks: [],
    isPlan: false,
    image: undefined,
    services: [
      {
        name: 'web',
        cluster: 'prod',
        previousTaskDefinitionArn: 'arn:aws:ecs:eu-central-1:111122223333:task-definition/web:1',
        consoleUrl: 'https://console.example/web',
        followed: whole
      }
    ],
    status: 'rolled-back',
    headline: 'Rolled back: web in prod runs web:1 again.',
    ...changes
  }
}

describe('the summary of a release that failed', () => {
  const text = summary(storyOf({taskFailures: [crash]}))

  test('has the headline, why its tasks failed, what to do and the end of the log', () => {
    expect(text).toContain('### ❌ Rolled back: web in prod runs web:1 again.')
    expect(text).toContain('**2 tasks stopped: Essential container in task exited; container app exited with code 3')
    expect(text).toContain('→ Look at what the program prints')
    expect(text).toContain('```text\nError: no database\n    at connect (/app/server.js:12:9)\n```')
  })

  test('has what runs now and the one command', () => {
    expect(text).toContain('Now web in prod runs 2 of 2 tasks of web:1. web:2 stays registered. To go back:')
    expect(text).toContain('```text\naws ecs update-service --service web\n```')
  })
})

test('the summary of a deployment that is paused has the step that continues it', () => {
  const footer = {
    now: 'Now web runs.',
    left: 'web:2 is paused.',
    next: 'To continue:',
    ...howToContinue('arn:aws:ecs:eu-central-1:111122223333:service/prod/web', 'arn:deployment', 'ecs-pause-1')
  }
  const text = summary(storyOf({outcome: {status: 'paused', footer}}, {status: 'paused', headline: 'Paused.'}))
  expect(text).toContain('### ⏸️ Paused.')
  expect(text).toContain('```text\n- uses: ./continue\n  with:\n    aws-region: eu-central-1\n')
  expect(text).toContain('--hook-id ecs-pause-1 --action CONTINUE\n```')
})

describe('nothing that others wrote becomes markup', () => {
  const log = {
    group: '/ecs/web',
    stream: 'web/app/a',
    region: 'eu-central-1',
    lines: hostile.split('\n'),
    note: undefined
  }
  const failure = {
    ...crash,
    reason: hostile,
    advice: hostile,
    containers: [{name: 'app', exitCode: 3, reason: hostile, health: undefined, log}]
  }
  const events = [{id: '1', at: start, message: hostile}]
  const html = marked.parse(summary(storyOf({taskFailures: [failure], events}, {headline: hostile})), {async: false})

  test.each(['<script', '<h2', '@octocat</a>', '\u001b', '\u202e'])('%j', markup => {
    expect(html).not.toContain(markup)
  })

  test('and all folds are closed', () => {
    expect(html.match(/<details/g)).toHaveLength(2)
    expect(html.match(/<\/details>/g)).toHaveLength(2)
  })
})

test('a part that is too large is left out, and what comes after it is not', () => {
  const log = {...crash.containers[0]?.log, lines: Array.from({length: 1200}, () => '€'.repeat(300))}
  const failure = {...crash, containers: [{...crash.containers[0], log}]}
  const events = [{id: '1', at: start, message: 'has started 2 tasks.'}]
  const text = summary(storyOf({taskFailures: [failure], events}))
  expect(Buffer.byteLength(text)).toBeLessThan(1024 * 1024)
  expect(text).toContain('has started 2 tasks.')
  expect(text).toContain('_Something is left out: the summary would be larger than GitHub shows._')
})

describe('what was found before the build', () => {
  const tooSmall = {
    check: 'fargate-size',
    level: 'error',
    message: 'No `<size>`.',
    place: undefined,
    fix: '"cpu": "256"'
  } as const
  const drift = {check: 'drift', level: 'warning', message: 'Drift.', place: undefined, fix: undefined} as const
  const outlook = {
    service: 'web',
    cluster: 'prod',
    running: 'web:1',
    changes: [{field: 'image', from: undefined, to: `h/web:v2@sha256:${'a'.repeat(64)}`}],
    course: ['Starts 2 new tasks.']
  } as const
  const stopped = {status: 'error', headline: 'No `<size>`.', services: [], findings: [tooSmall, drift]} as const

  test('is the headline of what it stops, and the list, each with what to paste', () => {
    expect(summary(storyOf({}, stopped))).toContain(
      '### ❌ Nothing was released: 1 mistake found before the build\n\n- ❌ No <code>&lt;size&gt;</code>.\n\n  ```text\n  "cpu": "256"\n  ```\n\n- ⚠️ Drift.'
    )
  })

  test('stands below what was released when it stopped nothing', () => {
    const page = summary(storyOf({}, {findings: [drift]}))
    expect(page.indexOf('| Service |')).toBeLessThan(page.indexOf('**Found before the build**\n\n- ⚠️ Drift.'))
  })

  test('stands above what a plan would change', () => {
    const planned = {status: 'planned', isPlan: true, outlooks: [outlook], services: [], findings: [drift]} as const
    const page = summary(storyOf({}, planned))
    expect(page.indexOf('- ⚠️ Drift.')).toBeLessThan(page.indexOf('How it rolls:\n\n1. Starts 2 new tasks.'))
    expect(page).toContain('| <code>image</code> | – | <code>h/web:v2&#64;sha256:aaaaaaaaaaaa…</code> |')
  })

  test('nothing rolls where it would stop a release', () => {
    const page = summary(storyOf({}, {...stopped, isPlan: true, outlooks: [outlook]}))
    expect(page).toContain('### ❌ A release would fail: 1 mistake found before the build')
    expect(page).toContain('#### web in prod')
    expect(page).not.toContain('How it rolls')
  })
})

test('what got no further than the look has no chart', () => {
  const phases = [{name: 'Check', startedAt: start, endedAt: end}]
  expect(summary(storyOf({}, {phases, services: []}))).not.toContain('mermaid')
})

test('the commit of a pull request is called so', () => {
  expect(summary(storyOf({}, {run: {...workflowRun(), pullRequest: 12}}))).toContain('(pull request 12)')
})
