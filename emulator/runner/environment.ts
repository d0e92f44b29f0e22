import {mkdir, writeFile} from 'node:fs/promises'
import {arch} from 'node:os'
import {join} from 'node:path'

/** What the runner knows about the run; each has a default. */
export interface RunOptions {
  /** The full name of what was pushed, such as `refs/heads/main`; `refs/tags/v1.4.0` by default. */
  readonly ref?: string
  /** The commit, 40 hexadecimal digits. */
  readonly sha?: string
  /** A push of `ref` by default. */
  readonly event?: {readonly name: string; readonly payload: object}
  /** `owner/name`. */
  readonly repository?: string
  readonly runId?: string
  /** 2 and more for a re-run. */
  readonly attempt?: number
  readonly job?: string
  /** The step's `id`. */
  readonly step?: string
}

/** A runner's disk: the directories that a step may write to besides its workspace. All of them are empty at first. */
export interface Disk {
  readonly home: string
  /** `RUNNER_TEMP`. */
  readonly temp: string
  /** The system's temporary directory. */
  readonly systemTemp: string
  /** The runner's own files. */
  readonly runner: string
}

/** @param directory an empty directory that holds all of it */
export async function makeDisk(directory: string): Promise<Disk> {
  const disk = {
    home: join(directory, 'home'),
    temp: join(directory, 'work', '_temp'),
    systemTemp: join(directory, 'tmp'),
    runner: join(directory, 'runner')
  }
  for (const path of Object.values(disk)) await mkdir(path, {recursive: true})
  return disk
}

/** The variables of this process that a step gets: what finds programs, Docker, the system's libraries and compiled code. */
const inherited = [
  'PATH',
  'DOCKER_HOST',
  'DOCKER_TLS_VERIFY',
  'DOCKER_CERT_PATH',
  'LANG',
  'NODE_COMPILE_CACHE',
  'SystemRoot',
  'ComSpec',
  'PATHEXT'
]

/** The variables that come from the machine. */
export function machineVariables(disk: Disk): NodeJS.ProcessEnv {
  const systems: Record<string, string> = {darwin: 'macOS', linux: 'Linux', win32: 'Windows'}
  return {
    ...Object.fromEntries(inherited.map(name => [name, process.env[name]])),
    HOME: disk.home,
    USERPROFILE: disk.home,
    TMPDIR: disk.systemTemp,
    TEMP: disk.systemTemp,
    TMP: disk.systemTemp,
    CI: 'true',
    RUNNER_ARCH: arch().toUpperCase(),
    RUNNER_ENVIRONMENT: 'github-hosted',
    RUNNER_NAME: 'GitHub Actions 1',
    RUNNER_OS: systems[process.platform],
    RUNNER_TEMP: disk.temp
  }
}

/** The variables that tell a step which run it is part of, and the file with the event. */
export async function runVariables(
  disk: Disk,
  workspace: string,
  options: RunOptions
): Promise<Record<string, string>> {
  const {
    ref = 'refs/tags/v1.4.0',
    sha = '6dcb09b5b57875f334f61aebed695e2e4193db5e',
    repository = 'octo-org/web'
  } = options
  const event = options.event ?? {name: 'push', payload: {ref, after: sha, repository: {full_name: repository}}}
  const eventPath = join(disk.runner, 'event.json')
  await writeFile(eventPath, JSON.stringify(event.payload))
  const [owner = ''] = repository.split('/')
  return {
    GITHUB_ACTION: options.step ?? '__OWNER_ecs-release',
    GITHUB_ACTION_REF: 'v1',
    GITHUB_ACTION_REPOSITORY: 'OWNER/ecs-release',
    GITHUB_ACTIONS: 'true',
    GITHUB_ACTOR: 'octocat',
    GITHUB_ACTOR_ID: '583231',
    GITHUB_API_URL: 'https://api.github.com',
    GITHUB_BASE_REF: '',
    GITHUB_EVENT_NAME: event.name,
    GITHUB_EVENT_PATH: eventPath,
    GITHUB_GRAPHQL_URL: 'https://api.github.com/graphql',
    GITHUB_HEAD_REF: '',
    GITHUB_JOB: options.job ?? 'release',
    GITHUB_REF: ref,
    GITHUB_REF_NAME: ref.replace(/^refs\/(heads|tags|pull)\//, ''),
    GITHUB_REF_PROTECTED: 'false',
    GITHUB_REF_TYPE: ref.startsWith('refs/tags/') ? 'tag' : 'branch',
    GITHUB_REPOSITORY: repository,
    GITHUB_REPOSITORY_ID: '1296269',
    GITHUB_REPOSITORY_OWNER: owner,
    GITHUB_REPOSITORY_OWNER_ID: '9919',
    GITHUB_RETENTION_DAYS: '90',
    GITHUB_RUN_ATTEMPT: String(options.attempt ?? 1),
    GITHUB_RUN_ID: options.runId ?? '1658821493',
    GITHUB_RUN_NUMBER: '3',
    GITHUB_SERVER_URL: 'https://github.com',
    GITHUB_SHA: sha,
    GITHUB_TRIGGERING_ACTOR: 'octocat',
    GITHUB_WORKFLOW: 'Release',
    GITHUB_WORKFLOW_REF: `${repository}/.github/workflows/release.yml@${ref}`,
    GITHUB_WORKFLOW_SHA: sha,
    GITHUB_WORKSPACE: workspace
  }
}
