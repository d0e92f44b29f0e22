import {ECSClient, RegisterTaskDefinitionCommand, type RegisterTaskDefinitionRequest} from '@aws-sdk/client-ecs'
import {ElasticLoadBalancingV2Client} from '@aws-sdk/client-elastic-load-balancing-v2'
import {SteppedClock} from '../../emulator/clock.ts'
import {createEcs} from '../../emulator/ecs.ts'
import {createEmulator, type Emulator, staticCredentials} from '../../emulator/server.ts'
import type {Aws} from '../../src/aws/clients.ts'
import {agents} from '../../src/aws/http.ts'
import type {Definition} from '../../src/definition/definition.ts'
import {readDefinitions} from '../../src/definition/read.ts'
import {asOne} from '../../src/workflow/failure.ts'
import type {World} from '../../src/world.ts'

export const IMAGE = `111122223333.dkr.ecr.eu-central-1.amazonaws.com/web:v1@sha256:${'0'.repeat(64)}`

/** AWS clients for an endpoint that is ECS. */
export function awsAt(endpoint: string, credentials = staticCredentials): Aws {
  const config = {endpoint, region: 'eu-central-1', credentials}
  return {
    region: 'eu-central-1',
    caller: {account: '111122223333', arn: 'arn:aws:iam::111122223333:user/deployer'},
    ecs: new ECSClient({...config, maxAttempts: 2}),
    ecsOnce: new ECSClient({...config, maxAttempts: 1}),
    ecr: () => {
      throw new Error('Definitions need no ECR.')
    },
    logs: () => {
      throw new Error('Definitions need no logs.')
    },
    elb: new ElasticLoadBalancingV2Client(config),
    codeDeploy: () => Promise.reject(new Error('There is no CodeDeploy')),
    codeDeployOnce: () => Promise.reject(new Error('There is no CodeDeploy')),
    secretsManager: () => Promise.reject(new Error('Definitions need no secrets.')),
    ssm: () => Promise.reject(new Error('Definitions need no secrets.')),
    agents: agents({})
  }
}

/** A world that remembers its log. */
export function worldWith(sleep: (milliseconds: number) => void): World & {readonly lines: string[]} {
  const lines: string[] = []
  const say = (text: string): void => {
    lines.push(text)
  }
  const silent = (): void => undefined
  return {
    env: {},
    clock: {
      now: () => new Date(0),
      sleep: milliseconds => {
        sleep(milliseconds)
        return Promise.resolve()
      }
    },
    random: () => 0.5,
    log: {info: say, warning: say, debug: silent, failure: silent, hide: silent, group: (_, work) => work()},
    outputs: {set: silent, writeSummary: () => Promise.resolve()},
    signal: new AbortController().signal,
    lines
  }
}

/** A local AWS with ECS, and a world whose sleeps are the steps of its clock. */
export class Stage implements AsyncDisposable {
  readonly emulator: Emulator
  readonly aws: Aws
  readonly world: ReturnType<typeof worldWith>

  private constructor(emulator: Emulator, clock: SteppedClock) {
    this.emulator = emulator
    this.aws = awsAt(emulator.url)
    this.world = worldWith(milliseconds => {
      clock.advance(clock.now() + milliseconds)
    })
  }

  static async open(): Promise<Stage> {
    // Starts now: the SDK repeats calls when it finds that its clock differs from AWS's.
    const clock = new SteppedClock(Date.now())
    const emulator = await createEmulator({clock})
    emulator.add(createEcs(emulator).service)
    return new Stage(emulator, clock)
  }

  /** Registers a definition as somebody else does. @returns its ARN */
  async register(request: RegisterTaskDefinitionRequest): Promise<string> {
    const {taskDefinition} = await this.aws.ecsOnce.send(new RegisterTaskDefinitionCommand(request))
    return taskDefinition?.taskDefinitionArn ?? ''
  }

  /** The bodies of all requests of an operation so far, as they were sent. */
  bodies(operation: string): string[] {
    return this.emulator.journal
      .entries()
      .filter(entry => entry.operation === operation)
      .map(({body = ''}) => body)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.aws.ecs.destroy()
    this.aws.ecsOnce.destroy()
    await this.emulator.close()
    if (this.emulator.defects.length > 0) throw new AggregateError(this.emulator.defects, 'The emulator has defects.')
  }
}

/** The definition of a single service; the parameters are those of `readDefinitions`. @throws what is wrong with it */
export async function readDefinition(
  place: Parameters<typeof readDefinitions>[0],
  running: string,
  workspace: string,
  aws: Aws,
  world: World
): Promise<Definition> {
  const {definitions, faults} = await readDefinitions(place, [running], workspace, aws, world)
  const failure = asOne(faults)
  if (failure !== undefined) throw failure
  const [definition] = definitions
  if (definition === undefined) throw new Error('There is no definition.')
  return definition
}
