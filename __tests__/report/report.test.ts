import {describe, expect, test} from '@jest/globals'
import type {Aws} from '../../src/aws/clients.ts'
import type {Plan} from '../../src/check/look.ts'
import type {Outcome} from '../../src/follow/conclude.ts'
import type {Followed} from '../../src/follow/follow.ts'
import {NO_LIFECYCLE, type Pause} from '../../src/follow/lifecycle.ts'
import {howToContinue} from '../../src/follow/next-step.ts'
import {Report} from '../../src/report/report.ts'
import {Failure} from '../../src/workflow/failure.ts'
import {START, started} from '../follow/examples.ts'
import type {Inputs} from '../../src/workflow/inputs.ts'
import {buildInputs, testWorld, workflowRun} from '../image/support.ts'

const ARN = 'arn:aws:ecs:eu-central-1:111122223333:task-definition'
const image = {
  reference: 'h/web:v1@sha256:abc',
  uri: 'h/web',
  tag: 'v1',
  digest: 'sha256:abc',
  origin: 'built'
} as const

interface Told {
  readonly report: Report
  readonly lines: string[]
  readonly titles: string[]
  readonly outputs: Record<string, string>
  summary: string
}

/** A report on a release that has begun. */
function begin(signal = new AbortController().signal): Told {
  const world = testWorld({}, signal)
  const titles: string[] = []
  const outputs: Record<string, string> = {}
  const told: Told = {
    report: new Report({
      ...world,
      log: {
        ...world.log,
        failure: (failure, title) => {
          titles.push(title)
          world.lines.push(failure.message)
        }
      },
      outputs: {
        set: (name, value) => {
          outputs[name] = value
        },
        writeSummary: markdown => {
          told.summary = markdown
          return Promise.resolve()
        }
      }
    }),
    lines: world.lines,
    titles,
    outputs,
    summary: ''
  }
  told.report.running(workflowRun())
  return told
}

function plan(noCache: boolean): Plan {
  const targets = ['web', 'worker'].map(name => ({
    service: {name, cluster: {name: 'prod'}, taskDefinitionArn: `${ARN}/${name}:1`}
  }))
  return {targets, image: {kind: 'build', build: buildInputs({noCache})}} as unknown as Plan
}

function planned(noCache = false): Told {
  const told = begin()
  told.report.connected({region: 'eu-central-1'} as Aws)
  told.report.planned(plan(noCache))
  return told
}

test('a release that fails at the inputs still says which commit and run it was', async () => {
  const {report, outputs, ...told} = begin()
  report.failed(new Failure('The input `service` is empty.'))
  await report.close()
  expect(JSON.parse(outputs['result'] ?? '')).toMatchObject({commit: workflowRun().commit, run: workflowRun().url})
  expect(told.titles).toEqual(['Nothing was released'])
})

test('the region is known as soon as there is a connection', async () => {
  const {report, outputs} = begin()
  report.connected({region: 'eu-central-1'} as Aws)
  report.failed(new Failure('No service.'))
  await report.close()
  expect(JSON.parse(outputs['result'] ?? '')).toMatchObject({region: 'eu-central-1'})
})

test('what fails after the look is a release that failed', () => {
  const {report, titles} = planned()
  report.failed(new Failure('The build failed.'))
  expect(titles).toEqual(['Release failed'])
})

test('a plan that finds a mistake says that a release would fail', () => {
  const {report, titles} = begin()
  const finding = {check: 'essential', level: 'error', message: 'None.', place: undefined, fix: undefined} as const
  report.checked({findings: [finding], outlooks: [], plan: undefined}, {plan: true} as Inputs)
  report.failed(new Failure('None.'))
  expect(titles).toEqual(['A release would fail'])
})

test('a cancelled job is called so', () => {
  const {report, titles} = begin(AbortSignal.abort(new Error('The job was cancelled')))
  report.failed(new Error('whatever'))
  expect(titles).toEqual(['Release cancelled'])
})

test('what was pushed and registered is named, also when the next of its kind failed', () => {
  const {report, lines, outputs} = planned()
  report.pushed(image)
  report.registered('web', {arn: `${ARN}/web:2`, registered: true})
  report.failed(new Failure('The definition of worker was refused.'))
  expect(lines).toEqual([
    'The image h/web:v1@sha256:abc is in ECR; a re-run uses it.',
    'The revision web:2 is registered; a re-run uses it.',
    'The definition of worker was refused.'
  ])
  expect(outputs).toMatchObject({'task-definition': 'web:2'})
})

test('what was there before is not claimed, and no-cache promises nothing', () => {
  const {report, lines} = planned(true)
  report.pushed(image)
  report.registered('web', {arn: `${ARN}/web:1`, registered: false})
  report.failed(new Failure('Refused.'))
  expect(lines).toEqual([
    'The image h/web:v1@sha256:abc is in ECR; a re-run makes another, because of `no-cache`.',
    'Refused.'
  ])
})

test.each([
  ['ENOSPC', 'ENOSPC: no space left on device, write', /free some space on its disk before this step/],
  ['E2BIG', 'spawn E2BIG', /too long for a command/],
  ['EIO', 'EIO: i/o error, read', /run the job again\.$/]
])('%s is no defect of the action', (code, message, advice) => {
  const {report, lines} = begin()
  report.failed(Object.assign(new Error(message), {code}))
  expect(lines).toHaveLength(1)
  expect(lines[0]).toMatch(advice)
  expect(lines[0]).toContain(message)
})

test.each([new TypeError('x is not a function'), Object.assign(new TypeError('No'), {code: 'ERR_INVALID_ARG_TYPE'})])(
  '%s is one',
  error => {
    const {report, lines} = begin()
    report.failed(error)
    expect(lines).toEqual([`This is a defect of ecs-release, please report it: ${String(error)}`])
  }
)

describe('a deployment that is paused', () => {
  const arn = 'arn:aws:ecs:eu-central-1:111122223333:service-deployment/prod/web/NCWGC2ZR-taawPAYrIaU5'
  const pause: Pause = {
    hook: {
      id: 'ecs-pause-1',
      isPause: true,
      target: undefined,
      status: 'AWAITING_ACTION',
      expiresAt: undefined,
      timeoutAction: 'ROLLBACK'
    },
    stage: 'POST_TEST_TRAFFIC_SHIFT',
    from: START,
    to: undefined,
    answer: undefined
  }
  const outcome: Outcome = {
    status: 'paused',
    headline: 'Paused.',
    reason: undefined,
    cause: undefined,
    footer: {
      now: 'Now web runs.',
      left: 'web:42 is paused.',
      next: 'To continue:',
      ...howToContinue(started.service.arn, arn, 'ecs-pause-1')
    },
    primary: undefined
  }
  const followed = (...pauses: Pause[]) => [
    {
      started,
      outcome,
      endedAt: START,
      events: [],
      taskFailures: [],
      lifecycle: {...NO_LIFECYCLE, pauses}
    } as unknown as Followed
  ]

  test('is told with the step that continues it, as soon as it is', () => {
    const {report, lines} = planned()
    report.changed({kind: 'paused', pause, serviceDeploymentArn: arn}, started, START)
    expect(lines).toEqual([
      '  0:00  web: paused at POST_TEST_TRAFFIC_SHIFT: ECS waits for somebody to continue the deployment or roll it back (ecs:ContinueServiceDeployment), then rolls back by itself',
      expect.stringMatching(
        /^ {8}To continue the deployment, use this step or the command below it; to roll it back, /
      ),
      '        - uses: ./continue',
      '          with:',
      '            aws-region: eu-west-1',
      `            service-deployment-arn: ${arn}`,
      '            hook-id: ecs-pause-1',
      expect.stringMatching(/^ {8}aws ecs continue-service-deployment .* --hook-id ecs-pause-1 --action CONTINUE$/)
    ])
  })

  test('ends well, with what a later step needs', async () => {
    const {report, lines, outputs, titles} = planned()
    const again = {...pause, hook: {...pause.hook, id: 'ecs-pause-2'}}
    report.concluded(followed({...pause, to: START}, pause, again))
    expect(outputs['hook-id']).toBe('ecs-pause-1\necs-pause-2')
    expect(titles).toEqual([])
    expect(lines.slice(0, 5)).toEqual([
      'Paused.',
      'Now web runs.',
      'web:42 is paused.',
      'To continue:',
      '  - uses: ./continue'
    ])
    await report.close()
    expect(JSON.parse(outputs['result'] ?? '')).toMatchObject({status: 'paused'})
  })

  test('has no hook to name once it goes on', () => {
    const {report, outputs} = planned()
    report.concluded(followed({...pause, to: START}))
    expect(outputs['hook-id']).toBeUndefined()
  })
})
