import type {IncomingHttpHeaders} from 'node:http'
import type {EmulatorClock} from './clock.ts'
import {readSignature, type Credentials, type Signature} from './credentials.ts'
import {commonError} from './errors.ts'
import {RecentAnswers, badGatewayPage, faultError, pass, type Fault, type Faults} from './faults.ts'
import type {Policies} from './iam.ts'
import type {Journal} from './journal.ts'
import {readJson, writeJson, writeJsonError} from './protocol/json.ts'
import {readQuery, writeQuery, writeQueryError} from './protocol/query.ts'
import type {UnknownMembers} from './protocol/shape.ts'
import {AwsError, type AwsService, type Call, type Caller, type Operation} from './service.ts'

/** What goes back over HTTP. */
export interface Answer {
  readonly status: number
  readonly contentType: string
  readonly requestId: string
  readonly body: string
  /** The error's name. */
  readonly error?: string
}

/** What the dispatcher stands on. */
export interface DispatcherParts {
  readonly clock: EmulatorClock
  readonly account: string
  readonly region: string
  readonly journal: Journal
  readonly faults: Faults
  readonly credentials: Credentials
  readonly policies: Policies
  readonly services: readonly AwsService[]
  /** Errors of the emulator itself go here. */
  readonly defects: Error[]
  readonly unknownMembers: () => UnknownMembers
}

/** A request whose service and operation are known. */
interface Incoming {
  readonly service: AwsService
  readonly operation: string
  readonly body: string
  readonly signature: Signature | undefined
  readonly sessionToken: string | undefined
  readonly requestId: string
}

/** Operations that AWS answers without a signature. */
const unsignedOperations = ['AssumeRoleWithWebIdentity', 'AssumeRoleWithSAML']

const reads = /^(Describe|List|Get|BatchGet|Filter)/

/** Takes requests to the AWS services: who calls, which operation, with which faults; reads and writes the wire. */
export class Dispatcher {
  readonly #parts: DispatcherParts
  readonly #recent: RecentAnswers<Answer>
  #requests = 0

  constructor(parts: DispatcherParts) {
    this.#parts = parts
    this.#recent = new RecentAnswers(parts.clock)
  }

  /** Answers a POST to `/`; `reset` when the connection is to be cut instead. */
  async answer(headers: IncomingHttpHeaders, body: string): Promise<Answer | 'reset'> {
    const {journal, region} = this.#parts
    const incoming = this.#identify(headers, body)
    const {service, operation, signature} = incoming
    const caller = this.#caller(incoming)
    const fault = caller instanceof AwsError ? undefined : this.#nextFault(incoming)
    const finish = journal.begin({
      service: service.name,
      operation,
      caller: 'arn' in caller ? caller.arn : undefined,
      region: signature?.region ?? region,
      body
    })
    const answer =
      caller instanceof AwsError ? failed(incoming, caller) : await this.#withFault(incoming, caller, fault)
    if (answer === 'reset') finish({status: 'reset', fault: fault?.kind})
    else finish({status: answer.status, error: answer.error, fault: fault?.kind})
    return answer
  }

  #identify(headers: IncomingHttpHeaders, body: string): Incoming {
    const signature = readSignature(headers.authorization)
    const sessionToken = headers['x-amz-security-token']
    const [service, operation] = this.#route(headers, body, signature)
    this.#requests += 1
    return {
      service: service ?? unknownService(headers, body),
      operation,
      body,
      signature,
      sessionToken: typeof sessionToken === 'string' ? sessionToken : undefined,
      requestId: `00000000-0000-4000-8000-${this.#requests.toString(16).padStart(12, '0')}`
    }
  }

  /** A stale read can only happen to a request that was answered before. */
  #nextFault(incoming: Incoming): Fault | undefined {
    const {service, operation} = incoming
    return this.#parts.faults.next(
      service.name,
      operation,
      fault => fault.kind !== 'stale' || this.#recent.recall(readKey(incoming), fault.seconds) !== undefined
    )
  }

  /** By `x-amz-target` for awsJson; for awsQuery by the form's `Version`. */
  #route(
    headers: IncomingHttpHeaders,
    body: string,
    signature: Signature | undefined
  ): [service: AwsService | undefined, operation: string] {
    const {services} = this.#parts
    const target = headers['x-amz-target']
    if (typeof target === 'string') {
      const [prefix, name = ''] = target.split('.')
      return [services.find(({protocol}) => protocol.kind === 'json' && protocol.targetPrefix === prefix), name]
    }
    const form = new URLSearchParams(body)
    const version = form.get('Version')
    const candidates = services.filter(({protocol}) => protocol.kind === 'query' && protocol.version === version)
    return [candidates.find(({name}) => name === signature?.service) ?? candidates[0], form.get('Action') ?? '']
  }

  #caller({service, operation, signature, sessionToken}: Incoming): Caller | AwsError {
    if (signature === undefined) {
      const mayBeUnsigned = unsignedOperations.includes(operation)
      return mayBeUnsigned
        ? {accessKeyId: '', arn: 'anonymous', account: this.#parts.account}
        : commonError('unsigned', service)
    }
    if (service.name !== signature.service && service.name !== unknownName) return commonError('wrongScope', service)
    const caller = this.#parts.credentials.caller(signature.accessKeyId, sessionToken)
    return typeof caller === 'string' ? commonError(caller, service) : caller
  }

  async #withFault(incoming: Incoming, caller: Caller, fault: Fault | undefined): Promise<Answer | 'reset'> {
    if (fault?.kind === 'reset') return 'reset'
    if (fault?.kind === 'bad-gateway') return badGateway(incoming)
    if (fault?.kind === 'delay') await pass(this.#parts.clock, fault.milliseconds)
    if (fault?.kind === 'stale') {
      const old = this.#recent.recall(readKey(incoming), fault.seconds)
      if (old !== undefined) return {...old, requestId: incoming.requestId}
    }
    const answer = await this.#perform(incoming, caller, fault)
    if (fault?.kind === 'truncated') return {...answer, body: answer.body.slice(0, answer.body.length / 2)}
    return fault?.kind === 'answer-lost' ? 'reset' : answer
  }

  async #perform(incoming: Incoming, caller: Caller, fault: Fault | undefined): Promise<Answer> {
    const {policies} = this.#parts
    const {service, operation: name, requestId} = incoming
    const operation = service.operations[name]
    if (operation === undefined) return failed(incoming, commonError('unknownOperation', service, name))
    try {
      const input = this.#read(incoming, operation)
      const call: Call = {operation: name, region: this.#region(incoming), caller, requestId}
      const resource = (): string => policies.resourceOf(service, {input, call})
      const error = fault && faultError(fault, {service, operation: name, caller, resource})
      if (error !== undefined) throw error
      policies.authorize(service, {input, call})
      const answer = succeeded(incoming, operation, await operation.handle(input as never, call))
      if (reads.test(name)) this.#recent.remember(readKey(incoming), answer)
      return answer
    } catch (error) {
      return failed(incoming, error instanceof AwsError ? error : this.#defect(incoming, error))
    }
  }

  #region({signature}: Incoming): string {
    return signature?.region ?? this.#parts.region
  }

  #read({service, body}: Incoming, {input}: Operation): object {
    const unknownMembers = this.#parts.unknownMembers()
    return service.protocol.kind === 'json'
      ? readJson(input, body, unknownMembers)
      : readQuery(input, new URLSearchParams(body), unknownMembers)
  }

  /** An error that is none of AWS's: kept for the tests, told to the client. */
  #defect({service, operation}: Incoming, error: unknown): AwsError {
    const cause = error instanceof Error ? error : new Error(String(error))
    const defect = new Error(`${service.name} ${operation}: ${cause.message}`, {cause})
    this.#parts.defects.push(defect)
    return new AwsError('EmulatorDefect', `The emulator failed: ${defect.message}`, {status: 500})
  }
}

const unknownName = 'unknown'

/** Stands in for a service that is not there, in the protocol of the request: every operation is unknown. */
function unknownService(headers: IncomingHttpHeaders, body: string): AwsService {
  const version = new URLSearchParams(body).get('Version') ?? ''
  const protocol: AwsService['protocol'] =
    headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true
      ? {kind: 'query', version, xmlNamespace: ''}
      : {kind: 'json', targetPrefix: '', contentType: 'application/x-amz-json-1.1'}
  return {name: unknownName, protocol, operations: {}}
}

/** What a proxy answers when AWS does not. */
function badGateway({requestId}: Incoming): Answer {
  return {status: 502, contentType: 'text/html', requestId, body: badGatewayPage}
}

/** Tells requests apart that may be answered differently. */
function readKey({service, operation, signature, body}: Incoming): string {
  return [service.name, operation, signature?.region, body].join(' ')
}

function succeeded(incoming: Incoming, {output}: Operation, value: object): Answer {
  const {service, operation, requestId} = incoming
  const {protocol} = service
  return protocol.kind === 'json'
    ? {status: 200, contentType: protocol.contentType, requestId, body: writeJson(output, value)}
    : {
        status: 200,
        contentType: 'text/xml',
        requestId,
        body: writeQuery({operation, requestId}, protocol.xmlNamespace, output, value)
      }
}

function failed({service, requestId}: Incoming, error: AwsError): Answer {
  const {protocol} = service
  const body =
    protocol.kind === 'json' ? writeJsonError(error) : writeQueryError(error, protocol.xmlNamespace, requestId)
  const contentType = protocol.kind === 'json' ? protocol.contentType : 'text/xml'
  return {status: error.status, contentType, requestId, body, error: error.name}
}
