import {readFile, rm, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import type {BuildInputs, NamedValue} from '../workflow/inputs.ts'
import type {Log} from '../workflow/log.ts'
import type {World} from '../world.ts'
import {buildArguments, buildEnvironment, dockerEnvironment, type SecretFile} from './arguments.ts'
import {explainBuild, explainPush} from './build-failure.ts'
import type {Builder} from './builder.ts'
import {digestInMetadata, digestInPush} from './digest.ts'
import {runProcess} from './process.ts'
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
 * Builds the image and pushes it under all its references; the builder's output goes to the log as it comes.
 * @returns the digest that was pushed under the last reference, in the builder's words
 * @throws Failure with the builder's last lines, or the signal's reason after a cancellation
 */
export async function buildAndPush(plan: BuildPlan, world: World): Promise<string> {
  const secretFiles = await writeSecrets(plan.build.buildSecrets, plan.privateDirectory, world.log)
  try {
    const metadataFile = join(plan.privateDirectory, 'build.json')
    const idFile = join(plan.privateDirectory, 'image-id')
    const {references, mark} = plan
    const details = {references, mark, secretFiles, metadataFile, idFile}
    const built = await runDocker(buildArguments(plan.builder, plan.build, details), plan, world)
    if (built.exitCode !== 0) throw explainBuild(built, plan)
    if (plan.builder.kind === 'buildx') return await digestInMetadata(metadataFile)
    return await pushEach((await readFile(idFile, 'utf8')).trim(), plan, world)
  } finally {
    await Promise.all(secretFiles.map(({file}) => rm(file, {force: true})))
  }
}

/**
 * The engine pushes one reference at a time; all have the same digest, because they are one image. Each is named right
 * before its push: another job on the same engine may have given the name to an image of its own.
 */
async function pushEach(id: string, plan: BuildPlan, world: World): Promise<string> {
  let digest = ''
  for (const reference of plan.references) {
    const named = await runDocker(['tag', id, reference], plan, world)
    if (named.exitCode !== 0) throw explainPush(named, plan)
    const pushed = await runDocker(['push', reference], plan, world)
    if (pushed.exitCode !== 0) throw explainPush(pushed, plan)
    digest = digestInPush(pushed.lastLines)
  }
  return digest
}

function runDocker(args: readonly string[], {builder, docker, workspace}: BuildPlan, {env, log, signal}: World) {
  return runProcess('docker', args, {
    cwd: workspace,
    env: {...dockerEnvironment(env), ...docker.env, ...buildEnvironment(builder)},
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
