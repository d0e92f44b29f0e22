import {createEcr, type Ecr} from './ecr.ts'
import {createEcs, type Ecs, type EcsOptions} from './ecs.ts'
import {seededRandom} from './ids.ts'
import {Emulator, type EmulatorOptions} from './server.ts'

/** The emulator with ECS and ECR in it, which work hand in hand. */
export interface LocalAws {
  readonly emulator: Emulator
  readonly ecs: Ecs
  readonly ecr: Ecr
}

export interface LocalAwsOptions extends EmulatorOptions, Pick<EcsOptions, 'timing'> {
  /** Ids are made of it: the same seed, the same ids. Default 1. */
  readonly seed?: number
}

/** Makes a local AWS and starts it on 127.0.0.1. @param port 0 for any free one */
export async function createLocalAws(options: LocalAwsOptions = {}, port = 0): Promise<LocalAws> {
  const emulator = new Emulator(options)
  const {clock, account, region, journal, faults, policies, targetGroups, logs} = emulator
  // Each has its own source of numbers: how often Docker asks the registry must not change the ids of ECS.
  const {seed = 1} = options
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
  const timing = options.timing && {timing: options.timing}
  const ecs = createEcs({clock, region, account, images, targetGroups, logs, random: seededRandom(seed), ...timing})
  policies.rolesOf = taskDefinition => ecs.rolesOf(taskDefinition)
  emulator.add(ecr.service)
  emulator.add(ecs.service)
  emulator.route('/v2/', ecr.registry)
  emulator.route('/_layers/', ecr.layers)
  for (const [name, operation] of Object.entries(ecs.control)) emulator.controls.set(name, operation)
  await emulator.listen(port)
  return {emulator, ecs, ecr}
}
