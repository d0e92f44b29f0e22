import type {EngineAddress} from './containers/engine.ts'
import {type Containers, openContainers} from './containers/containers.ts'
import {type CodeDeploy, createCodeDeploy} from './codedeploy.ts'
import {createEcr, type Ecr} from './ecr.ts'
import {createEcs, type Ecs, type EcsOptions} from './ecs.ts'
import {lastPart} from './ecs/arns.ts'
import type {RuntimeTaskIdentity} from './ecs/runtime.ts'
import {seededRandom} from './ids.ts'
import {Emulator, type EmulatorOptions} from './server.ts'
import type {Caller} from './service.ts'

/** The emulator with ECS, ECR and CodeDeploy in it, which work hand in hand. */
export interface LocalAws {
  readonly emulator: Emulator
  readonly ecs: Ecs
  readonly ecr: Ecr
  readonly codeDeploy: CodeDeploy
  /** What runs the tasks' containers for real, if anything does. */
  readonly containers: Containers | undefined
}

export interface LocalAwsOptions extends EmulatorOptions, Pick<EcsOptions, 'timing'> {
  /** Ids are made of it: the same seed, the same ids. Default 1. */
  readonly seed?: number
  /**
   * A Docker engine on this machine, in which the containers of tasks run whose image was pushed to the registry. Without
   * it, and where an image is seeded or elsewhere, containers are played. `clock.ts` says how their time goes.
   */
  readonly engine?: EngineAddress
}

/**
 * Makes a local AWS and starts it on 127.0.0.1.
 * @param port 0 for any free one
 * @throws EngineError with why the engine cannot be used
 */
export async function createLocalAws(options: LocalAwsOptions = {}, port = 0): Promise<LocalAws> {
  const emulator = new Emulator(options)
  const {clock, account, region, journal, faults, policies, targetGroups, logs} = emulator
  // Each has its own source of numbers: how often Docker asks the registry must not change the ids of ECS.
  const {seed = 1, engine} = options
  const registryHost = (): string => new URL(emulator.url).host
  const ecr = createEcr({
    clock,
    account,
    registryHost,
    scheme: 'http',
    random: seededRandom(seed + 1),
    journal,
    faults,
    policies
  })
  const {images} = ecr
  const token = (task: RuntimeTaskIdentity, registryRegion: string): string =>
    ecr.authorizationToken({caller: pullerOf(task, account), region: registryRegion})
  const runtime = engine && (await openContainers({engine, clock, token}))
  if (runtime !== undefined) emulator.beforeClose(() => runtime.close())
  const timing = options.timing && {timing: options.timing}
  const random = seededRandom(seed)
  const ecs = createEcs({clock, region, account, images, targetGroups, logs, runtime, random, ...timing})
  policies.rolesOf = taskDefinition => ecs.rolesOf(taskDefinition)
  const codeDeploy = createCodeDeploy({clock, region, ecs, targetGroups, random: seededRandom(seed + 2)})
  policies.deploymentGroupOf = id => codeDeploy.deploymentGroupOf(id)
  policies.deploymentConfigOf = group => codeDeploy.deploymentConfigOf(group)
  emulator.add(ecr.service)
  emulator.add(ecs.service)
  emulator.add(codeDeploy.service)
  emulator.route('/v2/', ecr.registry)
  emulator.route('/_layers/', ecr.layers)
  for (const [name, operation] of Object.entries({...ecs.control, ...codeDeploy.control})) {
    emulator.controls.set(name, operation)
  }
  await listen(emulator, port)
  return {emulator, ecs, ecr, codeDeploy, containers: runtime}
}

/** Who pulls a task's images: its execution role, else the role of the container instance. */
function pullerOf({id, taskDefinition}: RuntimeTaskIdentity, account: string): Caller {
  const role = taskDefinition.executionRoleArn
  const session = role === undefined ? 'ecsInstanceRole/i-0123456789abcdef0' : `${lastPart(role)}/${id}`
  return {accessKeyId: 'ASIAIOSFODNN7EXAMPLE', arn: `arn:aws:sts::${account}:assumed-role/${session}`, account}
}

/** @throws Error for a port that is taken; nothing stays open then */
async function listen(emulator: Emulator, port: number): Promise<void> {
  try {
    await emulator.listen(port)
  } catch (error) {
    await emulator.close()
    throw error
  }
}
