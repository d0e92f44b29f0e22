import {context} from '@actions/github'
import {Failure} from './failure.ts'

/** The run of the workflow that releases, as the runner tells it; see GitHub's "Default environment variables". */
export interface WorkflowRun {
  /** `owner/name`. */
  readonly repository: string
  readonly serverUrl: string
  readonly workspace: string
  /** For files of this run; emptied by the runner after the job. */
  readonly temp: string
  /** The commit that is released, 40 hexadecimal digits. */
  readonly commit: string
  /** The tag or branch, such as `v1.4.0` or `feature/login`. */
  readonly refName: string
  readonly refType: 'tag' | 'branch'
  readonly runId: string
  /** Counts from 1; a re-run keeps the run id. */
  readonly attempt: number
  readonly job: string
  /** Id of the step, unique within the job. */
  readonly step: string
  /** Where this attempt of the run is shown. */
  readonly url: string
  /** This action as the workflow names it; `undefined` where it lies in the workflow's own repository, or has a name that needs quotes. */
  readonly action: ActionReference | undefined
  /** The number of the pull request that the run is about. */
  readonly pullRequest?: number
}

/** `octo-org/ecs-release` and `v1`. */
export interface ActionReference {
  readonly repository: string
  readonly ref: string
  /** The input `role-to-assume`, which a further step needs as well. */
  readonly role?: string
}

/** The variables that a process is started with. */
export type Environment = Readonly<Record<string, string | undefined>>

type Context = Pick<typeof context, 'payload' | 'sha' | 'ref' | 'job' | 'action' | 'runId' | 'runAttempt' | 'serverUrl'>

/** @throws Failure outside a workflow run */
export function readWorkflowRun(env: Environment, run: Context = context): WorkflowRun {
  const variable = (name: string): string => {
    const value = env[name]
    if (!value)
      throw new Failure(`The environment variable ${name} is not set: this action runs in a job of GitHub Actions.`)
    return value
  }
  const repository = variable('GITHUB_REPOSITORY')
  const {refName, refType} = ref(run, env)
  const runId = String(run.runId)
  const attempt = Number.isInteger(run.runAttempt) && run.runAttempt > 0 ? run.runAttempt : 1
  return {
    repository,
    serverUrl: run.serverUrl,
    workspace: variable('GITHUB_WORKSPACE'),
    temp: variable('RUNNER_TEMP'),
    commit: commit(run),
    refName,
    refType,
    runId,
    attempt,
    job: run.job,
    step: run.action,
    url: `${run.serverUrl}/${repository}/actions/runs/${runId}/attempts/${attempt}`,
    action: actionReference(env),
    ...(run.payload.pull_request && {pullRequest: run.payload.pull_request.number})
  }
}

function actionReference(env: Environment): ActionReference | undefined {
  const {GITHUB_ACTION_REPOSITORY: repository = '', GITHUB_ACTION_REF: ref = ''} = env
  if (!/^[\w.-]+\/[\w.-]+$/.test(repository) || !/^[\w./-]+$/.test(ref)) return undefined
  const role = (env['INPUT_ROLE-TO-ASSUME'] ?? '').trim()
  return {repository, ref, ...(/^arn:[\w-]+:iam::\d{12}:role\/[\w+=,.@/-]+$/.test(role) && {role})}
}

interface PullRequest {
  readonly head?: {readonly sha?: string}
  readonly merged?: boolean
  readonly merge_commit_sha?: string | null
}

/** The run that a `workflow_run` event is about. */
interface FinishedRun {
  readonly head_sha?: string
  readonly head_branch?: string | null
}

/**
 * The commit that the run is about. For an open pull request GITHUB_SHA is a merge commit that no branch has, and for
 * `workflow_run` it is the default branch's; the event names the commit that was meant.
 */
function commit({payload, sha}: Context): string {
  const finished = payload['workflow_run'] as FinishedRun | undefined
  const pullRequest = payload.pull_request as PullRequest | undefined
  const merged = pullRequest?.merged === true ? pullRequest.merge_commit_sha : undefined
  return finished?.head_sha ?? merged ?? pullRequest?.head?.sha ?? sha
}

/** The name of the tag or branch; a release event may come without `refs/tags/` in an old GitHub Enterprise Server. */
function ref({payload, ref}: Context, env: Environment): {refName: string; refType: 'tag' | 'branch'} {
  const release = payload['release'] as {tag_name?: string} | undefined
  if (release?.tag_name !== undefined) return {refName: release.tag_name, refType: 'tag'}
  const finished = payload['workflow_run'] as FinishedRun | undefined
  if (finished?.head_branch) return {refName: finished.head_branch, refType: 'branch'}
  const refName = env['GITHUB_HEAD_REF'] || env['GITHUB_REF_NAME'] || ref.replace(/^refs\/(heads|tags|pull)\//, '')
  return {refName, refType: env['GITHUB_REF_TYPE'] === 'tag' || ref.startsWith('refs/tags/') ? 'tag' : 'branch'}
}
