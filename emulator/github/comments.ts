import type {IncomingMessage, ServerResponse} from 'node:http'
import {text} from 'node:stream/consumers'
import type {EmulatorClock} from '../clock.ts'
import type {Journal} from '../journal.ts'

/** Whose token it is and what it may do to pull requests. */
export interface TokenHolder {
  /** Such as `github-actions[bot]`. */
  readonly login: string
  readonly pullRequests: 'write' | 'read'
}

/** A comment on a pull request. */
export interface Comment {
  readonly id: number
  /** `owner/name`. */
  readonly repository: string
  readonly pullRequest: number
  readonly login: string
  body: string
}

/** An answer of the API. */
interface Answer {
  readonly status: number
  readonly body: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** `github.token` of a job, which may read pull requests unless the workflow says otherwise. */
export const jobToken = 'ghs_emulatedTokenOfTheJob'

/** As many characters a comment's body may have. */
const LONGEST_BODY = 65536
const PATH = '/_github/api'

/**
 * The part of GitHub's API that comments on pull requests need: `GET` and `POST /repos/{owner}/{repo}/issues/{number}/comments`,
 * `PATCH /repos/{owner}/{repo}/issues/comments/{id}`, and of GraphQL the one query that asks who the caller is, which is what
 * the token of a job may ask, unlike `GET /user`.
 */
export class PullRequestComments {
  /** By token. */
  readonly holders = new Map<string, TokenHolder>([[jobToken, {login: 'github-actions[bot]', pullRequests: 'read'}]])
  readonly all: Comment[] = []
  readonly #clock: EmulatorClock
  readonly #journal: Journal
  #nextId = 3_000_000_001

  constructor(clock: EmulatorClock, journal: Journal) {
    this.#clock = clock
    this.#journal = journal
  }

  /** Writes a comment. */
  add(comment: Omit<Comment, 'id'>): Comment {
    const added = {...comment, id: this.#nextId++}
    this.all.push(added)
    return added
  }

  /** Answers a request to `…/_github/api`, what a job has in GITHUB_API_URL. */
  readonly handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const method = request.method ?? ''
    const url = new URL(request.url ?? '/', `http://${request.headers.host ?? 'localhost'}`)
    const body = await text(request)
    const end = this.#journal.begin({service: 'github', operation: `${method} ${url.pathname}`, body})
    const answer = this.#answer(method, url, body, request.headers.authorization)
    end({status: answer.status})
    response.writeHead(answer.status, {'content-type': 'application/json; charset=utf-8', ...answer.headers})
    response.end(JSON.stringify(answer.body))
  }

  #answer(method: string, url: URL, body: string, authorization = ''): Answer {
    const holder = this.holders.get(authorization.replace(/^(?:token|bearer) /i, ''))
    if (holder === undefined) return refused(401, 'Bad credentials')
    const path = url.pathname.slice(PATH.length)
    if (`${method} ${path}` === 'POST /graphql') return graphql(body, holder)
    const [, repository = '', number = ''] = /^\/repos\/([^/]+\/[^/]+)\/issues\/(\d+)\/comments$/.exec(path) ?? []
    if (method === 'GET' && number !== '') return this.#list(url, repository, Number(number))
    if (holder.pullRequests !== 'write') return refused(403, 'Resource not accessible by integration')
    if (method === 'POST' && number !== '') return this.#create(repository, Number(number), bodyOf(body), holder)
    const [, id = ''] = /^\/repos\/[^/]+\/[^/]+\/issues\/comments\/(\d+)$/.exec(path) ?? []
    return method === 'PATCH' && id !== '' ? this.#update(Number(id), bodyOf(body)) : refused(404, 'Not Found')
  }

  /** The oldest first, 30 a page unless asked for up to 100. */
  #list(url: URL, repository: string, pullRequest: number): Answer {
    const size = Math.min(100, Number(url.searchParams.get('per_page') ?? 30))
    const page = Number(url.searchParams.get('page') ?? 1)
    const comments = this.all.filter(each => each.repository === repository && each.pullRequest === pullRequest)
    const hasMore = comments.length > page * size
    url.searchParams.set('page', String(page + 1))
    return {
      status: 200,
      body: comments.slice((page - 1) * size, page * size).map(comment => this.#view(comment)),
      ...(hasMore && {headers: {link: `<${url.href}>; rel="next"`}})
    }
  }

  #create(repository: string, pullRequest: number, body: string, {login}: TokenHolder): Answer {
    if (body.length > LONGEST_BODY) return tooLong()
    return {status: 201, body: this.#view(this.add({repository, pullRequest, login, body}))}
  }

  #update(id: number, body: string): Answer {
    const comment = this.all.find(each => each.id === id)
    if (comment === undefined) return refused(404, 'Not Found')
    if (body.length > LONGEST_BODY) return tooLong()
    comment.body = body
    return {status: 200, body: this.#view(comment)}
  }

  #view({id, repository, pullRequest, login, body}: Comment): object {
    const html_url = `https://github.com/${repository}/pull/${pullRequest}#issuecomment-${id}`
    const at = new Date(this.#clock.now()).toISOString()
    return {id, html_url, body, user: {login, type: login.endsWith('[bot]') ? 'Bot' : 'User'}, created_at: at}
  }
}

function graphql(body: string, {login}: TokenHolder): Answer {
  const {query = ''} = JSON.parse(body) as {query?: string}
  if (/^\s*(?:query\s*)?\{\s*viewer\s*\{\s*login\s*\}\s*\}\s*$/.test(query))
    return {status: 200, body: {data: {viewer: {login}}}}
  return {status: 200, body: {errors: [{message: 'This is not known to the emulator.'}]}}
}

function bodyOf(json: string): string {
  const {body = ''} = JSON.parse(json) as {body?: string}
  return body
}

function refused(status: number, message: string): Answer {
  return {status, body: {message, status: String(status)}}
}

function tooLong(): Answer {
  const message = `body is too long (maximum is ${LONGEST_BODY} characters)`
  return {
    status: 422,
    body: {message: 'Validation Failed', errors: [{resource: 'IssueComment', field: 'body', message}]}
  }
}
