import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import {CloudWatchLogsClient} from '@aws-sdk/client-cloudwatch-logs'
import {ECRClient} from '@aws-sdk/client-ecr'
import {ECSClient} from '@aws-sdk/client-ecs'
import {ElasticLoadBalancingV2Client} from '@aws-sdk/client-elastic-load-balancing-v2'
import type {Aws} from '../../src/aws/clients.ts'
import {agents} from '../../src/aws/http.ts'
import type {WorkflowRun} from '../../src/workflow/event.ts'
import type {BuildInputs} from '../../src/workflow/inputs.ts'
import type {World} from '../../src/world.ts'
import {createEcr, type Ecr, type RepositorySeed} from '../../emulator/ecr.ts'
import {seededRandom} from '../../emulator/ids.ts'
import {createEmulator, type Emulator, staticCredentials} from '../../emulator/server.ts'

/** A world whose log and secrets can be read afterwards. */
export interface TestWorld extends World {
  readonly lines: string[]
  readonly hidden: string[]
}

export function testWorld(env: World['env'] = {}, signal: AbortSignal = new AbortController().signal): TestWorld {
  const lines: string[] = []
  const hidden: string[] = []
  const say = (text: string): void => {
    lines.push(text)
  }
  return {
    env,
    clock: {now: () => new Date(), sleep: (milliseconds, signal) => sleep(milliseconds, undefined, {signal})},
    random: Math.random,
    log: {
      info: say,
      warning: say,
      debug: say,
      failure: failure => {
        say(failure.message)
      },
      group: (title, work) => {
        say(title)
        return work()
      },
      hide: secret => {
        hidden.push(secret)
      }
    },
    outputs: {set: () => undefined, writeSummary: () => Promise.resolve()},
    signal,
    lines,
    hidden
  }
}

/** The inputs of a build that asks for nothing. */
export function buildInputs(changes: Partial<BuildInputs> = {}): BuildInputs {
  return {
    context: '.',
    file: undefined,
    target: undefined,
    buildArgs: [],
    buildSecrets: [],
    platforms: [],
    labels: [],
    cache: undefined,
    cacheFrom: [],
    cacheTo: [],
    pull: false,
    noCache: false,
    network: undefined,
    builder: undefined,
    provenance: undefined,
    sbom: undefined,
    ...changes
  }
}

export function workflowRun(changes: Partial<WorkflowRun> = {}): WorkflowRun {
  return {
    repository: 'acme/shop',
    serverUrl: 'https://github.com',
    workspace: '/home/runner/work/shop/shop',
    temp: '/home/runner/work/_temp',
    commit: '3c5f1e2a9b8d7c6f5e4d3c2b1a09f8e7d6c5b4a3',
    refName: 'v1.4.0',
    refType: 'tag',
    runId: '9871234567',
    attempt: 1,
    job: 'release',
    step: '__acme_ecs-release',
    url: 'https://github.com/acme/shop/actions/runs/9871234567/attempts/1',
    action: undefined,
    ...changes
  }
}

/** A directory of its own that is gone after the test. */
export async function temporaryDirectory(): Promise<{path: string} & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'image-test-'))
  return {path, [Symbol.asyncDispose]: () => rm(path, {recursive: true, force: true})}
}

/** A local AWS with ECR, and the clients that talk to it; closing it fails if it had a defect of its own. */
export interface LocalAws extends AsyncDisposable {
  readonly aws: Aws
  readonly ecr: Ecr
  readonly emulator: Emulator
  /** Of the registry. */
  readonly host: string
  createRepository(name: string, settings?: Pick<RepositorySeed, 'mutability' | 'exclusions'>): void
}

export async function localAws(): Promise<LocalAws> {
  const emulator = await createEmulator()
  const {clock, account, region, journal, faults, url: endpoint} = emulator
  const {host} = new URL(endpoint)
  const random = seededRandom(1)
  const ecr = createEcr({clock, account, journal, faults, random, scheme: 'http', registryHost: () => host})
  emulator.add(ecr.service)
  emulator.route('/v2/', ecr.registry)
  emulator.route('/_layers/', ecr.layers)
  const config = {endpoint, credentials: staticCredentials, region}
  const aws = {
    region,
    caller: {account, arn: `arn:aws:iam::${account}:user/deployer`},
    ecs: new ECSClient(config),
    ecsOnce: new ECSClient(config),
    ecr: (region: string) => new ECRClient({...config, region}),
    logs: (region: string) => new CloudWatchLogsClient({...config, region}),
    elb: new ElasticLoadBalancingV2Client(config),
    codeDeploy: () => Promise.reject(new Error('There is no CodeDeploy')),
    codeDeployOnce: () => Promise.reject(new Error('There is no CodeDeploy')),
    secretsManager: () => Promise.reject(new Error('Images need no secrets.')),
    ssm: () => Promise.reject(new Error('Images need no secrets.')),
    agents: agents({})
  }
  return {
    aws,
    ecr,
    emulator,
    host,
    createRepository: (name, settings) => {
      ecr.createRepository({account, region, name, ...settings})
    },
    [Symbol.asyncDispose]: async () => {
      await emulator.close()
      if (emulator.defects.length > 0) throw new AggregateError(emulator.defects, 'The emulator is at fault')
    }
  }
}
