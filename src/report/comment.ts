import {getOctokit} from '@actions/github'
import {createHash} from 'node:crypto'
import type {WorkflowRun} from '../workflow/event.ts'
import type {Inputs} from '../workflow/inputs.ts'
import {oneLine} from '../workflow/text.ts'
import type {World} from '../world.ts'

/** GitHub takes 65,536; the marker and what keeps mentions quiet make a comment longer. */
export const MOST_CHARACTERS = 54_000
/** How long all of it may take, in milliseconds: the plan stands in the log and the summary anyway. */
const PATIENCE = 20_000

type Github = ReturnType<typeof getOctokit>

/** Where the comment is to stand, and which of a pull request's comments is meant. */
interface Spot {
  readonly owner: string
  readonly repo: string
  readonly number: number
  readonly marker: string
}

/**
 * Writes the comment of a plan on the run's pull request, or brings the one that is there up to date. There is one for each
 * step that plans, and only a comment of the token's own user is ever touched. What keeps it from being written is told in a
 * line of the log and fails nothing. Without a pull request or a token, nothing happens.
 * @param markdown at most `MOST_CHARACTERS` long
 */
export async function keepComment(markdown: string, run: WorkflowRun, inputs: Inputs, world: World): Promise<void> {
  const {log, env, signal} = world
  const {githubToken} = inputs
  const [owner = '', repo = ''] = run.repository.split('/')
  if (run.pullRequest === undefined || githubToken === undefined || signal.aborted) return
  const spot = {owner, repo, number: run.pullRequest, marker: markerOf(run, inputs)}
  const note = (text: string): void => {
    log.debug(text)
  }
  const quiet = {debug: note, info: note, warn: note, error: note}
  const github = getOctokit(githubToken, {log: quiet, baseUrl: env['GITHUB_API_URL'] || 'https://api.github.com'})
  try {
    const url = await write(`${spot.marker}\n${withoutMentions(markdown)}`, spot, github, signal)
    log.info(`comment on the pull request: ${oneLine(url)}`)
  } catch (error) {
    log.info(`no comment on the pull request: ${reasonOf(error)}`)
  }
}

/** @returns the comment's address */
async function write(body: string, spot: Spot, github: Github, signal: AbortSignal): Promise<string> {
  const {owner, repo, number} = spot
  const request = {signal: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE)])}
  const {issues} = github.rest
  const own = await findOwn(spot, github, request)
  const {data} =
    own === undefined
      ? await issues.createComment({owner, repo, issue_number: number, body, request})
      : await issues.updateComment({owner, repo, comment_id: own, body, request})
  return data.html_url
}

/**
 * The id of the comment that an earlier run wrote. Anybody can write one that looks like it, so that its author counts; the
 * token of a job may not ask REST whose it is, but GraphQL.
 */
async function findOwn(
  {owner, repo, number, marker}: Spot,
  github: Github,
  request: {readonly signal: AbortSignal}
): Promise<number | undefined> {
  const list = {owner, repo, issue_number: number, per_page: 100, request}
  const comments = await github.paginate(github.rest.issues.listComments, list)
  const candidates = comments.filter(({body}) => body?.startsWith(marker) === true)
  if (candidates.length === 0) return undefined
  const {viewer} = await github.graphql<{viewer: {login: string}}>('query { viewer { login } }', {request})
  return candidates.find(({user}) => user?.login === viewer.login)?.id
}

/** Hidden in the comment. Steps that plan something else have another one, also those of a matrix. */
function markerOf({job, step}: WorkflowRun, inputs: Inputs): string {
  const {service, cluster, awsRegion, roleToAssume, matrix} = inputs
  const what = JSON.stringify([job, step, service, cluster, awsRegion, roleToAssume, matrix])
  return `<!-- ecs-release plan ${createHash('sha256').update(what).digest('hex').slice(0, 16)} -->`
}

/** Unlike in a summary, `@name` and `#1` in a comment are told to people and noted elsewhere, also written as entities. */
function withoutMentions(markdown: string): string {
  return markdown.replace(/&#(?:35|64);/g, '$&\u200B').replace(/\bGH-(?=\d)/gi, '$&\u200B')
}

function reasonOf(error: unknown): string {
  const status = error instanceof Error && 'status' in error ? error.status : undefined
  if (status === 401 || status === 403 || status === 404) {
    return 'the token may not write one; give the job `permissions: pull-requests: write` (on a pull request from a fork it may never)'
  }
  return oneLine(error instanceof Error ? error.message : String(error))
}
