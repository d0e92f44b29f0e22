import {readFile, rm, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import type {BuildInputs, NamedValue} from '../workflow/inputs.ts'
import type {Log} from '../workflow/log.ts'
import type {World} from '../world.ts'
import {explainBuild, explainPush} from './build-failure.ts'
import {type BuildDetails, type Builder, builderEnvironment, type SecretFile} from './builder.ts'
import {type Ended, runProcess} from './process.ts'
import type {EcrRepository} from './repository.ts'
import type {DockerConfig} from './sign-in.ts'

/** A build with everything settled that it needs. */
export interface BuildPlan {
  readonly build: BuildInputs
  readonly builder: Builder
  readonly docker: DockerConfig
  readonly repository: EcrRepository
  /** What the image is to be called; the release's own tag comes last, so that whoever finds it finds all. */
  readonly references: readonly string[]
  /** Tells that the image is this run's, see `existing.ts`; `undefined` when its tag does so. */
  readonly mark: string | undefined
  /** Relative paths in the inputs start here. */
  readonly workspace: string
  /** Only this user can enter it, and it is removed after the run. */
  readonly privateDirectory: string
}

/**
 * Builds the image and pushes it under all its references, one after the other unless the builder does it in one go; all
 * have the same digest, because they are one image. The builder's output goes to the log as it comes.
 * @returns the digest that was pushed under the last reference, in the builder's words
 * @throws Failure with the builder's last lines, or the signal's reason after a cancellation
 */
export async function buildAndPush(plan: BuildPlan, world: World): Promise<string> {
  const {build, builder, references, mark, privateDirectory} = plan
  const secretFiles = await writeSecrets(build.buildSecrets, privateDirectory, world.log)
  const details: BuildDetails = {
    references,
    mark,
    secretFiles,
    metadataFile: join(privateDirectory, 'build.json'),
    idFile: join(privateDirectory, 'image-id'),
    digestFile: join(privateDirectory, 'digest')
  }
  try {
    const built = await runBuilder(builder.build(build, details), plan, world)
    if (built.exitCode !== 0) throw explainBuild(built, plan)
    const {lastLines} = builder.push === undefined ? built : await pushEach(plan, details, world)
    return await builder.digest(lastLines, details)
  } finally {
    await Promise.all(secretFiles.map(({file}) => rm(file, {force: true})))
  }
}

/** @returns how the last push ended */
async function pushEach(plan: BuildPlan, details: BuildDetails, world: World): Promise<Ended> {
  const {builder} = plan
  const image = (await readFile(details.idFile, 'utf8')).trim()
  const calls = details.references.flatMap(reference => builder.push?.(image, reference, details) ?? [])
  let ended: Ended = {exitCode: 0, lastLines: []}
  for (const call of calls) {
    ended = await runBuilder(call, plan, world)
    if (ended.exitCode !== 0) throw explainPush(ended, plan)
  }
  return ended
}

function runBuilder(
  args: readonly string[],
  {builder, docker, workspace}: BuildPlan,
  {env, log, signal}: World
): Promise<Ended> {
  return runProcess(builder.program, args, {
    cwd: workspace,
    env: {...builderEnvironment(env), ...docker.env, ...builder.env},
    signal,
    onLine: line => {
      log.info(line)
    }
  })
}

/** Secrets go to the builder in files, because arguments are seen by everyone on the machine. */
async function writeSecrets(secrets: readonly NamedValue[], directory: string, log: Log): Promise<SecretFile[]> {
  return Promise.all(
    secrets.map(async ({name, value}, index) => {
      hide(name, value, log)
      const file = join(directory, `secret-${index}`)
      await writeFile(file, value, {mode: 0o600, flag: 'wx'})
      return {name, file}
    })
  )
}

const SHORTEST_HIDDEN_LINE = 4

/** Line by line, as programs print it; hiding a line such as `{` or `1` would blot out the whole log. */
function hide(name: string, secret: string, log: Log): void {
  const lines = secret.split(/\r?\n/).map(line => line.trim())
  const hidden = lines.filter(line => line.length >= SHORTEST_HIDDEN_LINE)
  for (const line of hidden) log.hide(line)
  if (hidden.length === 0)
    log.info(`build secret ${name} is not hidden in the log: it is shorter than ${SHORTEST_HIDDEN_LINE} characters`)
}
