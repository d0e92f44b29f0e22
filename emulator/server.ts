import {createServer, type IncomingMessage, type ServerResponse} from 'node:http'
import type {AddressInfo} from 'node:net'
import {text} from 'node:stream/consumers'
import {ScaledClock, SteppedClock, type EmulatorClock} from './clock.ts'
import {control, type ControlOperation} from './control.ts'
import {Credentials} from './credentials.ts'
import {Dispatcher} from './dispatch.ts'
import {createElbv2} from './elbv2.ts'
import {Faults} from './faults.ts'
import {GithubTokens} from './github.ts'
import {PullRequestComments} from './github/comments.ts'
import {Policies} from './iam.ts'
import {Journal} from './journal.ts'
import {LogStore} from './log-store.ts'
import {createLogs} from './logs.ts'
import type {UnknownMembers} from './protocol/shape.ts'
import {Secrets, createSecretsManager} from './secrets-manager.ts'
import type {AwsService} from './service.ts'
import {Parameters, createSsm} from './ssm.ts'
import {Roles, createSts} from './sts.ts'
import {TargetGroups} from './target-groups.ts'

/** The access key that every emulator knows; its secret may be anything. */
export const staticCredentials = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'
}

/** When a stepped clock starts unless told otherwise: Monday, 2 November 2026, 09:00 UTC. */
export const defaultStart = Date.UTC(2026, 10, 2, 9)

export type HttpHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>

export interface EmulatorOptions {
  /** Default: a stepped clock from `defaultStart`. */
  readonly clock?: EmulatorClock
  /** Default `111122223333`. */
  readonly account?: string
  /** Of what is made in-process; requests say theirs. Default `eu-central-1`. */
  readonly region?: string
  /** What happens to request members that no shape has; AWS ignores them. */
  readonly unknownMembers?: UnknownMembers
  /** In addition to STS, ELBv2, CloudWatch Logs, Secrets Manager and Systems Manager. */
  readonly services?: readonly AwsService[]
}

/** The local AWS: one HTTP server on loopback, and all of its state for tests in the same process. */
export class Emulator {
  readonly clock: EmulatorClock
  readonly account: string
  readonly region: string
  readonly journal: Journal
  readonly faults = new Faults()
  readonly credentials: Credentials
  readonly roles: Roles
  /** What users and roles may do; those without a policy may do everything. */
  readonly policies = new Policies()
  readonly github: GithubTokens
  readonly comments: PullRequestComments
  readonly targetGroups: TargetGroups
  readonly logs: LogStore
  readonly secrets: Secrets
  readonly parameters: Parameters
  /** Errors of the emulator itself, such as an answer that AWS cannot give; empty when all is well. */
  readonly defects: Error[] = []
  unknownMembers: UnknownMembers
  /** Operations of the services that the control API offers besides its own, by name. */
  readonly controls = new Map<string, ControlOperation>()
  readonly #services: AwsService[] = []
  readonly #beforeClose: (() => Promise<void>)[] = []
  readonly #routes = new Map<string, HttpHandler>()
  readonly #dispatcher: Dispatcher
  readonly #server = createServer((request, response) => {
    void this.#serve(request, response)
  })

  constructor(options: EmulatorOptions = {}) {
    this.clock = options.clock ?? new SteppedClock(defaultStart)
    this.account = options.account ?? '111122223333'
    this.region = options.region ?? 'eu-central-1'
    this.unknownMembers = options.unknownMembers ?? 'ignore'
    this.journal = new Journal(this.clock)
    this.credentials = new Credentials(this.clock, this.account)
    this.credentials.addUser(staticCredentials.accessKeyId, 'deployer')
    this.roles = new Roles(this.account)
    this.github = new GithubTokens(this.clock, this.journal)
    this.comments = new PullRequestComments(this.clock, this.journal)
    this.targetGroups = new TargetGroups(this)
    this.logs = new LogStore(this.clock)
    this.secrets = new Secrets(this)
    this.parameters = new Parameters(this)
    const {clock, account, region, journal, faults, credentials, policies, defects} = this
    const unknownMembers = (): UnknownMembers => this.unknownMembers
    const services = this.#services
    this.#dispatcher = new Dispatcher({
      clock,
      account,
      region,
      journal,
      faults,
      credentials,
      policies,
      defects,
      services,
      unknownMembers
    })
    for (const service of [
      createSts(this),
      createElbv2(this.targetGroups),
      createLogs(this.logs, this.region),
      createSecretsManager(this.secrets),
      createSsm(this.parameters),
      ...(options.services ?? [])
    ]) {
      this.add(service)
    }
    this.route('/_github/token', this.github.handle)
    this.route('/_github/api/', this.comments.handle)
    this.route('/_emulator/', (request, response) => this.#control(request, response))
  }

  /** Adds an AWS service, at any time. */
  add(service: AwsService): void {
    this.#services.push(service)
  }

  /** The AWS services that it has. */
  get services(): readonly AwsService[] {
    return this.#services
  }

  /** Gives all requests to paths that start with `prefix` to `handler`, such as `/v2/` to the registry. */
  route(prefix: string, handler: HttpHandler): void {
    this.#routes.set(prefix, handler)
  }

  /** Starts to serve on 127.0.0.1. @param port 0 for any free one @returns the URL, such as `http://127.0.0.1:4566` */
  async listen(port = 0): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(port, '127.0.0.1', resolve)
    })
    return this.url
  }

  /** Where it serves. @throws Error before `listen` */
  get url(): string {
    const address = this.#server.address() as AddressInfo | null
    if (address === null) throw new Error('The emulator does not listen yet.')
    return `http://127.0.0.1:${address.port}`
  }

  /** Has `task` done first when the emulator closes, while it still serves. */
  beforeClose(task: () => Promise<void>): void {
    this.#beforeClose.push(task)
  }

  /** Has done what is to be done first, then cuts all connections and stops the clock. @throws what that throws */
  async close(): Promise<void> {
    try {
      for (const task of this.#beforeClose.splice(0)) await task()
    } finally {
      if (this.clock instanceof ScaledClock) this.clock.stop()
      const closed = new Promise<void>(resolve => {
        this.#server.close(() => {
          resolve()
        })
      })
      this.#server.closeAllConnections()
      await closed
    }
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '/'
    this.#stamp(response)
    if (!this.#isLocal(request)) {
      response.writeHead(403, {'content-type': 'text/plain'}).end('The emulator is not for web pages.\n')
      return
    }
    const handler = this.#handler(path)
    try {
      if (handler !== undefined) await handler(request, response)
      else await this.#aws(request, response)
    } catch (error) {
      this.defects.push(error instanceof Error ? error : new Error(String(error)))
      if (response.headersSent) response.destroy()
      else response.writeHead(500, {'content-type': 'text/plain'}).end(`The emulator failed: ${String(error)}\n`)
    }
  }

  /** Whether no web page sends the request: browsers say where a request comes from, or ask by the page's own name. */
  #isLocal({headers}: IncomingMessage): boolean {
    const {host} = new URL(this.url)
    const isOwnHost = headers.host === host || headers.host === host.replace('127.0.0.1', 'localhost')
    return headers.origin === undefined && isOwnHost
  }

  /** The one with the longest prefix. */
  #handler(path: string): HttpHandler | undefined {
    const routes = [...this.#routes].filter(([prefix]) => path.startsWith(prefix))
    return routes.sort(([left], [right]) => right.length - left.length)[0]?.[1]
  }

  /** Answers carry the emulator's time, for clients that share its clock and for those that correct their own by AWS's. */
  #stamp(response: ServerResponse): void {
    const now = this.clock.now()
    response.setHeader('date', new Date(now).toUTCString())
    response.setHeader('x-emulator-time', now)
  }

  async #aws(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const answer = await this.#dispatcher.answer(request.headers, await text(request))
    if (answer === 'reset') {
      request.socket.resetAndDestroy()
      return
    }
    this.#stamp(response)
    const {status, contentType, requestId, body} = answer
    response.writeHead(status, {'content-type': contentType, 'x-amzn-RequestId': requestId}).end(body)
  }

  async #control(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const {status, body} = await control(this, request, await text(request))
    this.#stamp(response)
    response.writeHead(status, {'content-type': 'application/json'}).end(JSON.stringify(body))
  }
}

/** Makes an emulator and starts it. @param port 0 for any free one */
export async function createEmulator(options: EmulatorOptions = {}, port = 0): Promise<Emulator> {
  const emulator = new Emulator(options)
  await emulator.listen(port)
  return emulator
}
