import {describe, expect, test} from '@jest/globals'
import {conclude} from '../../src/follow/conclude.ts'
import {type Moment, NO_EVIDENCE} from '../../src/follow/facts.ts'
import {describeFooter} from '../../src/follow/footer.ts'
import type {HookSnapshot, ServiceSnapshot} from '../../src/follow/snapshot.ts'
import type {StartedDeployment} from '../../src/follow/started.ts'
import type {TaskFailure} from '../../src/why/index.ts'
import {
  after,
  crash,
  type Look,
  lookAt,
  moment,
  newer,
  old,
  ours,
  service,
  serviceDeployment,
  started
} from './examples.ts'

const ACTION = {repository: 'octo-org/ecs-release', ref: 'v1'}
const IMAGE = started.image.reference
const STAYS = `web:42 stays registered, and its image ${IMAGE} stays where it is.`
const BACK = 'aws ecs update-service --region eu-west-1 --cluster prod --service web'
const GO_BACK = [
  'To go back to web:41, which ran before, use this step or the command below it:',
  '  - uses: octo-org/ecs-release/rollback@v1',
  '    with:',
  '      aws-region: eu-west-1',
  '      cluster: prod',
  '      service: web',
  '      to: web:41',
  `  ${BACK} --task-definition web:41`
]

function footer(looks: readonly Look[], at: Moment = moment(200), deployment: StartedDeployment = started): string[] {
  const {footer: found} = conclude(lookAt(looks, deployment).state, at) ?? {}
  return found === undefined ? [] : describeFooter(found, ACTION)
}

const rolledBack = service({
  deployments: [old({status: 'PRIMARY'})],
  serviceDeployment: serviceDeployment('ROLLBACK_SUCCESSFUL')
})

function because(overrides: Partial<TaskFailure>): Moment {
  return moment(200, {evidence: {...NO_EVIDENCE, failures: [{...crash(['t1']), ...overrides}]}})
}

const looksBack: Look[] = [
  [10, service()],
  [200, rolledBack]
]

describe('after a rollback', () => {
  test('production runs what it ran before, and the program has to be changed', () => {
    const run = 'https://github.com/shop/web/actions/runs/42'
    const origin = {commit: '3c5f1e2a'.repeat(5), run}
    expect(footer(looksBack, moment(200, {evidence: {...NO_EVIDENCE, origin}}))).toEqual([
      `Now web in prod runs 2 of 2 tasks of web:41 (commit 3c5f1e2, ${run}), all healthy.`,
      STAYS,
      'If the cause is in the release, fix it and release a new commit; if it lies outside, put that right and run the job again: it uses the same image and revision.'
    ])
    expect(footer(looksBack, because({})).at(-1)).toBe(
      'If the cause is in the release, fix it and release a new commit; if it lies outside, put that right and run the job again: it uses the same image and revision.'
    )
  })

  test.each<Partial<TaskFailure>>([
    {kind: 'not-placed', stopCode: undefined},
    {
      stopCode: 'TaskFailedToStart',
      reason: `ResourceInitializationError: Secrets Manager can't find the specified secret.`
    },
    {stopCode: 'SpotInterruption'}
  ])('what comes from outside the image allows the job to be run again: %j', overrides => {
    expect(footer(looksBack, because(overrides)).at(-1)).toBe(
      'Put right what is named above, then run the job again: it uses the same image and revision.'
    )
  })

  test.each([
    "CannotPullContainerError: image Manifest does not contain descriptor matching platform 'linux/arm64'",
    'CannotStartContainerError: exec: "node": executable file not found in $PATH: unknown',
    'TaskDependencyError: Task dependencies cannot be resolved',
    'Nobody knows this'
  ])('what is in the image or the definition does not, though the tasks did not start: %s', reason => {
    const at = because({stopCode: 'TaskFailedToStart', reason, containers: []})
    expect(footer(looksBack, at).at(-1)).toBe(
      'If the cause is in the release, fix it and release a new commit; if it lies outside, put that right and run the job again: it uses the same image and revision.'
    )
  })

  test('that somebody asked for', () => {
    const asked: Look = [100, service({serviceDeployment: serviceDeployment('ROLLBACK_REQUESTED')})]
    expect(footer([[10, service()], asked, [200, rolledBack]]).at(-1)).toBe(
      'To deploy it after all, run the job again: it uses the same image and revision.'
    )
  })
})

describe('where ECS does not go back', () => {
  const broken = service({
    deployments: [ours({running: 1, rolloutState: 'FAILED'}), old()],
    rollsBack: {onFailure: false, onAlarm: false}
  })

  test('the command that does is given', () => {
    expect(footer([[200, broken]])).toEqual([
      'Now web in prod runs 1 of 2 tasks of web:42 and 2 tasks of web:41.',
      STAYS,
      ...GO_BACK
    ])
  })

  test.each([undefined, started.taskDefinitionArn])('unless nothing else ran before (%s)', previous => {
    const first = {...started, previousTaskDefinitionArn: previous}
    expect(footer([[200, broken]], moment(200), first).at(-1)).toBe(
      'No other revision is known to go back to: fix the cause, then release a new commit.'
    )
  })

  test('after the time is over, ECS goes on', () => {
    expect(footer([[10, service({deployments: [ours(), old()]})]], moment(1800))).toEqual([
      'Now web in prod runs 2 tasks of web:41.',
      `ECS goes on with web:42 (${started.deploymentId}).`,
      ...GO_BACK
    ])
  })

  test('the share of the traffic is told while ECS shifts it, and all pauses that wait', () => {
    const hook = (id: string): HookSnapshot => ({
      id,
      isPause: true,
      target: undefined,
      status: 'AWAITING_ACTION',
      expiresAt: undefined,
      timeoutAction: 'ROLLBACK'
    })
    const shifting = serviceDeployment('IN_PROGRESS', {
      stage: 'PRE_PRODUCTION_TRAFFIC_SHIFT',
      traffic: {test: 100, production: 10},
      hooks: [hook('ecs-pause-1'), hook('ecs-pause-2')]
    })
    const paused = service({deployments: [ours({running: 2}), old()], serviceDeployment: shifting})
    const lines = footer([[10, paused]], moment(1800))
    expect(lines[0]).toBe(
      'Now web in prod runs 2 of 2 tasks of web:42 and 2 tasks of web:41. web:42 has 10 % of the production traffic.'
    )
    expect(lines.filter(line => line.includes('hook-id'))).toEqual([
      expect.stringMatching(/^ {2}aws ecs continue-service-deployment .* --hook-id ecs-pause-1 /),
      expect.stringMatching(/^ {2}aws ecs continue-service-deployment .* --hook-id ecs-pause-2 /)
    ])
  })

  test('but is on its way to', () => {
    const turning = service({serviceDeployment: serviceDeployment('ROLLBACK_IN_PROGRESS')})
    expect(footer([[10, turning]], moment(1800)).slice(1)).toEqual([
      'ECS goes on rolling back from web:42.',
      'If the cause is in the release, fix it and release a new commit; if it lies outside, put that right and run the job again: it uses the same image and revision.'
    ])
  })
})

describe('otherwise', () => {
  const since = after(60)
  const trouble = {since, reads: 3, alike: {since, reads: 3}, kind: 'denied', problem: 'denied'} as const
  const taken = service({deployments: [newer({running: 1}), ours({status: 'ACTIVE', running: 1})]})
  const scaled = {desiredCount: 0, deployments: [ours({rolloutState: 'COMPLETED'})]}
  const nothing = service({...scaled, serviceDeployment: serviceDeployment('SUCCESSFUL')})

  test.each<[string, ServiceSnapshot, Moment, string[]]>([
    [
      'superseded',
      taken,
      moment(200),
      [
        'Now web in prod runs 1 of 2 tasks of web:43 and 1 task of web:42.',
        STAYS,
        'If this release is the one that counts, run the job again; else nothing is to be done.'
      ]
    ],
    [
      'service-gone',
      service({status: 'INACTIVE', deployments: []}),
      moment(200),
      ['Nothing of web in prod is to run any more.', STAYS, 'Create the service again, then run the job again.']
    ],
    [
      'access-lost',
      service(),
      moment(200, {trouble}),
      [
        'When it was last read, web in prod ran 2 tasks of web:41.',
        `ECS goes on with web:42 (${started.deploymentId}).`,
        'Give the role its access back, then run the job again: it follows the deployment that is on its way.'
      ]
    ],
    [
      'cancelled',
      service(),
      moment(20, {cancelled: true}),
      [
        'Now web in prod runs 2 tasks of web:41.',
        `ECS goes on with web:42 (${started.deploymentId}).`,
        'Run the job again to follow the deployment to its end.'
      ]
    ],
    [
      'scaled-to-zero',
      nothing,
      moment(200),
      [
        'Now web in prod runs no task, with a desired count of 0.',
        STAYS,
        'To see whether it runs, give the service tasks again:',
        `  ${BACK} --desired-count 2`
      ]
    ]
  ])('%s', (status, look, at, lines) => {
    expect(conclude(lookAt([[10, look]]).state, at)?.status).toBe(status)
    expect(footer([[10, look]], at)).toEqual(lines)
  })

  test('what was never read is not known', () => {
    expect(footer([], moment(1800))[0]).toBe('What web in prod runs could not be read.')
  })

  test('a success has none', () => {
    const done = {deployments: [ours({running: 2, rolloutState: 'COMPLETED'})]}
    expect(footer([[10, service({...done, serviceDeployment: serviceDeployment('SUCCESSFUL')})]])).toEqual([])
  })
})
