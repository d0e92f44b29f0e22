/**
 * The GitHub runner's part in a step: starts the action's `main` and `post` as the runner does, carries out the workflow
 * commands in what they print, and reads the files they leave behind. Source: actions/runner, NodeScriptActionHandler.cs.
 */
import {mkdtemp, readdir, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join, relative} from 'node:path'
import {fileURLToPath, pathToFileURL} from 'node:url'
import {jobToken} from './github/comments.ts'
import {inputVariables, readAction, unexpectedInputs, type Action} from './runner/action.ts'
import type {Command} from './runner/commands.ts'
import {machineVariables, makeDisk, runVariables, type Disk, type RunOptions} from './runner/environment.ts'
import {commandFiles, type FileCommands} from './runner/files.ts'
import {stepLog, type StepLog} from './runner/log.ts'
import {runNode, type ProcessResult} from './runner/process.ts'

/** What a workflow says about a step. */
export interface StepOptions extends RunOptions {
  /** The checked-out repository, the step's current directory. */
  readonly workspace: string
  /** The step's `with:`. */
  readonly inputs?: Readonly<Record<string, string>>
  /**
   * The step's `env:`; `undefined` takes a variable away. Of this process's own environment the step gets only what finds
   * programs and Docker.
   */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** The job's `matrix`; `null`, the default, for a job without one. */
  readonly matrix?: unknown
  /** The job's token for GitHub's API, `github.token`. */
  readonly token?: string
  /** The directory with `action.yml`; this project's by default. */
  readonly action?: string
  /** What earlier steps of the job hid with `add-mask`. */
  readonly masks?: readonly string[]
  /** Modules to load before the action's own, by path. */
  readonly preload?: readonly string[]
  /** Aborts when the job is cancelled. */
  readonly cancel?: AbortSignal
  /** Gets each line of the log, as a user sees it, as soon as it is there. */
  readonly onLine?: (line: string) => void
}

/** A step, or what makes one once the steps before it have ended, from their outputs in this order. */
export type Step = StepOptions | ((outputs: readonly StepResult['outputs'][]) => StepOptions | Promise<StepOptions>)

/** What a step leaves behind. */
export interface StepResult {
  /** Exit code of `main`; anything but 0 is a failed step, `null` one that a signal ended. */
  readonly exitCode: number | null
  /** Exit code of `post`; `undefined` for an action without one. */
  readonly postExitCode: number | null | undefined
  /** The log as a user sees it: commands carried out, secrets starred. */
  readonly log: string
  /** Every line as `main` and `post` wrote it. */
  readonly lines: readonly string[]
  /** Every command that the runner saw in those lines. */
  readonly commands: readonly Command[]
  /** Those of the commands that the run's page shows. */
  readonly annotations: readonly Annotation[]
  /** What `add-mask` hid. */
  readonly masks: readonly string[]
  readonly outputs: Readonly<Record<string, string>>
  readonly state: Readonly<Record<string, string>>
  /** The job summary as it was written, in Markdown. */
  readonly summary: string
  /** What later steps would find in their environment and in front of their path. */
  readonly exported: {readonly env: Readonly<Record<string, string>>; readonly path: readonly string[]}
  /** Files that the step left in the home and temporary directories, which were empty at its start. */
  readonly leftovers: readonly string[]
  /** Whether `main` or `post` left processes running; they are ended. */
  readonly orphans: boolean
}

export interface Annotation {
  readonly level: 'error' | 'warning' | 'notice'
  readonly message: string
  /** Such as `title`, `file` and `line`. */
  readonly properties: Readonly<Record<string, string>>
}

const project = fileURLToPath(new URL('..', import.meta.url))

/**
 * Runs a step: `main`, then `post`, whatever became of `main`.
 * @throws Error for what the runner itself would refuse, such as a malformed `GITHUB_OUTPUT`
 */
export async function runStep(options: StepOptions): Promise<StepResult> {
  const [result] = await runJob([options])
  if (result === undefined) throw new TypeError('A step has a result')
  return result
}

/**
 * Runs steps that use actions, on one disk: `main` of each in this order, then `post` of each in the opposite one. Unlike
 * in a job, a step that fails keeps none from running.
 */
export async function runJob(steps: readonly Step[]): Promise<StepResult[]> {
  const directory = await mkdtemp(join(tmpdir(), 'runner-'))
  try {
    const disk = await makeDisk(directory)
    const ended: Ended[] = []
    for (const step of steps) {
      const options = typeof step === 'function' ? await step(ended.map(({outputs}) => outputs)) : step
      ended.push(await runMain(disk, options))
    }
    const results: StepResult[] = []
    for (const {post} of ended.toReversed()) results.unshift(await post())
    return results
  } finally {
    await rm(directory, {recursive: true, force: true})
  }
}

/** A step whose `main` has ended, and what runs its `post`. */
interface Ended {
  readonly outputs: StepResult['outputs']
  readonly post: () => Promise<StepResult>
}

/** Runs `main` of a step. */
async function runMain(disk: Disk, options: StepOptions): Promise<Ended> {
  const action = await readAction(options.action ?? project)
  const env = await environment(disk, action, options)
  const log = stepLog(options.onLine ?? (() => undefined), env['RUNNER_DEBUG'] === '1', options.masks)
  const unexpected = unexpectedInputs(action, options.inputs ?? {})
  if (unexpected !== undefined) log.add(`::warning::${unexpected}`)

  const preload = (options.preload ?? []).flatMap(path => ['--import', pathToFileURL(path).href])
  const run = async (script: string, state: Record<string, string>, cancel?: AbortSignal): Promise<ScriptResult> => {
    const files = await commandFiles(disk.runner)
    const process = {
      directory: options.workspace,
      env: {...env, ...stateVariables(state), ...files.variables},
      cancel,
      onLine: log.add
    }
    return {...(await runNode([...preload, script], process)), ...(await files.read())}
  }
  const main = await run(action.main, {}, options.cancel)
  const post = async (): Promise<StepResult> => {
    const ended = action.post === undefined ? undefined : await run(action.post, main.state)
    return resultOf(main, ended, log, await leftovers(disk))
  }
  return {outputs: main.outputs, post}
}

async function environment(disk: Disk, action: Action, options: StepOptions): Promise<NodeJS.ProcessEnv> {
  return {
    ...machineVariables(disk),
    ...(await runVariables(disk, options.workspace, options)),
    ...inputVariables(action, options.inputs ?? {}, {
      matrix: options.matrix ?? null,
      token: options.token ?? jobToken
    }),
    ...options.env
  }
}

type ScriptResult = ProcessResult & FileCommands

function resultOf(
  main: ScriptResult,
  post: ScriptResult | undefined,
  log: StepLog,
  leftovers: readonly string[]
): StepResult {
  return {
    exitCode: main.exitCode,
    postExitCode: post?.exitCode,
    log: log.shown.join('\n'),
    lines: log.lines,
    commands: log.commands,
    annotations: log.commands.flatMap(annotationOf),
    masks: log.masks,
    outputs: main.outputs,
    state: main.state,
    summary: main.summary + (post?.summary ?? ''),
    exported: {env: {...main.env, ...post?.env}, path: [...main.path, ...(post?.path ?? [])]},
    leftovers,
    orphans: main.orphans || post?.orphans === true
  }
}

/**
 * What other jobs get of a step's outputs, where all of them are outputs of its job: the runner leaves out those that a
 * mask is in. Source: actions/runner, JobExtension.cs.
 */
export function jobOutputs({outputs, masks}: StepResult): Record<string, string> {
  return Object.fromEntries(Object.entries(outputs).filter(([, value]) => !masks.some(mask => value.includes(mask))))
}

function stateVariables(state: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(state).map(([name, value]) => [`STATE_${name}`, value]))
}

function annotationOf({name, properties, data}: Command): Annotation[] {
  return name === 'error' || name === 'warning' || name === 'notice' ? [{level: name, message: data, properties}] : []
}

async function leftovers(disk: Disk): Promise<string[]> {
  const directories = [disk.home, disk.temp, disk.systemTemp]
  const entries = await Promise.all(directories.map(path => readdir(path, {recursive: true, withFileTypes: true})))
  return entries
    .flat()
    .filter(entry => !entry.isDirectory())
    .map(entry => relative(join(disk.home, '..'), join(entry.parentPath, entry.name)))
}
