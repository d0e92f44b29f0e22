/**
 * A program for Linux without any file beside it, for images `FROM scratch`: it prints a text and then answers on a port,
 * ends with an exit code, or waits for ever. It is put together here, byte by byte, so that no binary has to be kept in the
 * repository. Source of the layout: the ELF-64 object file format; of the calls: the kernel's tables for x86-64 and arm64.
 */
export interface Program {
  readonly prints: string
  /** Bytes of memory that it takes first of all. */
  readonly takes?: number
  /** Seconds that it then waits before anything else. */
  readonly waits?: number
  /** Sends the same answer to whoever connects and has sent something; it does so before it prints its text. */
  readonly listens?: {readonly port: number; readonly answer: string}
  /** Without it, and without `listens`, the program waits until a signal ends it. */
  readonly exitCode?: number
}

type Architecture = 'x64' | 'arm64'

const HEADER = 64
const PROGRAM_HEADER = 56
/** Where the file is mapped in memory. */
const BASE = 0x400000
/** Where its data lie: before the code, so that their addresses do not depend on it. */
const DATA = BASE + HEADER + PROGRAM_HEADER

/** A whole answer over HTTP, such as `httpAnswer('503 Service Unavailable')`. */
export function httpAnswer(status: string): string {
  return `HTTP/1.1 ${status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`
}

/** @param architecture of the machine that runs it, as `process.arch` names it */
export function staticProgram(program: Program, architecture: string): Uint8Array {
  if (architecture !== 'x64' && architecture !== 'arm64') throw new Error(`No program for ${architecture} processors.`)
  const data = dataOf(program)
  const code = assemblers[architecture](steps(program))
  const file = Buffer.concat([Buffer.alloc(HEADER + PROGRAM_HEADER), data, code])
  writeHeaders(file, DATA + data.length, architecture)
  return file
}

/** The socket's address, the time to wait, the text and the answer; padded, as arm64 wants its instructions. */
function dataOf({prints, listens, waits}: Program): Buffer {
  const address = Buffer.alloc(SOCKET_ADDRESS)
  address.writeUInt16LE(2, 0)
  address.writeUInt16BE(listens?.port ?? 0, 2)
  const time = Buffer.alloc(TIME)
  time.writeUInt32LE(waits ?? 0, 0)
  const data = Buffer.concat([address, time, Buffer.from(prints), Buffer.from(listens?.answer ?? '')])
  return Buffer.concat([data, Buffer.alloc(-data.length & 3)])
}

const SOCKET_ADDRESS = 16
/** Seconds and nanoseconds. */
const TIME = 16
const BUFFER = 4096

/** What a call is given: a number, a descriptor that was kept, or room for `BUFFER` bytes (second argument only). */
type Argument = number | 'socket' | 'connection' | 'buffer'

interface Call {
  readonly call: keyof typeof calls
  readonly with: readonly Argument[]
  /** What its result is kept as. */
  readonly gives?: 'socket' | 'connection'
  /** The calls from here to the last one are repeated for ever. */
  readonly repeats?: boolean
}

/** The kernel's numbers of the calls. */
const calls = {
  read: {x64: 0, arm64: 63},
  write: {x64: 1, arm64: 64},
  close: {x64: 3, arm64: 57},
  mmap: {x64: 9, arm64: 222},
  socket: {x64: 41, arm64: 198},
  accept: {x64: 43, arm64: 202},
  sendto: {x64: 44, arm64: 206},
  bind: {x64: 49, arm64: 200},
  listen: {x64: 50, arm64: 201},
  exit: {x64: 60, arm64: 93},
  ppoll: {x64: 271, arm64: 73}
}

function steps({prints, takes, waits, listens, exitCode}: Program): Call[] {
  const time = DATA + SOCKET_ADDRESS
  const text = time + TIME
  const length = Buffer.byteLength(prints)
  return [
    // Readable and writable; private, anonymous and populated.
    ...(takes === undefined ? [] : [{call: 'mmap', with: [0, takes, 3, 0x8022, 0xffffffff, 0]} as const]),
    ...(waits === undefined ? [] : [{call: 'ppoll', with: [0, 0, time, 0]} as const]),
    ...(listens === undefined ? [] : listening),
    {call: 'write', with: [1, text, length]},
    ...(exitCode === undefined ? [] : [{call: 'exit', with: [exitCode]} as const]),
    ...(listens === undefined ? waiting : answering(text + length, Buffer.byteLength(listens.answer)))
  ]
}

const waiting: readonly Call[] = [{call: 'ppoll', with: [0, 0, 0, 0], repeats: true}]

const listening: readonly Call[] = [
  {call: 'socket', with: [2, 1, 0], gives: 'socket'},
  {call: 'bind', with: ['socket', DATA, SOCKET_ADDRESS]},
  {call: 'listen', with: ['socket', 64]}
]

/** Reads before it answers: a connection that is closed with something unread in it loses the answer. */
function answering(answer: number, length: number): readonly Call[] {
  return [
    {call: 'accept', with: ['socket', 0, 0], gives: 'connection', repeats: true},
    {call: 'read', with: ['connection', 'buffer', BUFFER]},
    // Without a signal when the other side has gone.
    {call: 'sendto', with: ['connection', answer, length, 0x4000, 0, 0]},
    {call: 'close', with: ['connection']}
  ]
}

const assemblers: Readonly<Record<Architecture, (steps: readonly Call[]) => Buffer>> = {
  x64: assembleX64,
  arm64: assembleArm64
}

/** The descriptors are kept in rbx and rbp. */
function assembleX64(program: readonly Call[]): Buffer {
  const registers = [[0xbf], [0xbe], [0xba], [0x41, 0xba], [0x41, 0xb8], [0x41, 0xb9]]
  const load = (argument: Argument, index: number): number[] => {
    if (argument === 'socket') return [0x89, 0xdf]
    if (argument === 'connection') return [0x89, 0xef]
    if (argument === 'buffer') return [0x48, 0x8d, 0xb4, 0x24, ...int32(-BUFFER)]
    return [...(registers[index] ?? []), ...int32(argument)]
  }
  const code = program.map(step => [
    ...step.with.flatMap(load),
    0xb8,
    ...int32(calls[step.call].x64),
    0x0f,
    0x05,
    ...(step.gives === undefined ? [] : [0x89, step.gives === 'socket' ? 0xc3 : 0xc5])
  ])
  const jump = 5
  return Buffer.from([...code.flat(), 0xe9, ...int32(-repeated(program, code) - jump)])
}

/** The descriptors are kept in x19 and x20. */
function assembleArm64(program: readonly Call[]): Buffer {
  const load = (argument: Argument, index: number): number[] => {
    if (argument === 'socket') return [0xaa1303e0]
    if (argument === 'connection') return [0xaa1403e0]
    if (argument === 'buffer') return [0xd14007e1]
    return moveArm64(index, argument)
  }
  const code = program.map(step => [
    ...step.with.flatMap(load),
    ...moveArm64(8, calls[step.call].arm64),
    0xd4000001,
    ...(step.gives === undefined ? [] : [step.gives === 'socket' ? 0xaa0003f3 : 0xaa0003f4])
  ])
  const jump = 0x14000000 | (-repeated(program, code) & 0x3ffffff)
  return Buffer.from([...code.flat(), jump].flatMap(int32))
}

/** The lower and the upper half of 32 bits, one after the other. */
function moveArm64(register: number, value: number): number[] {
  return [0xd2800000 | ((value & 0xffff) << 5) | register, 0xf2a00000 | ((value >>> 16) << 5) | register]
}

/** How much code comes from the call that is marked to be repeated on. */
function repeated(program: readonly Call[], code: readonly (readonly number[])[]): number {
  return code.slice(program.findIndex(step => step.repeats)).flat().length
}

function int32(value: number): number[] {
  return [value & 0xff, (value >>> 8) & 0xff, (value >>> 16) & 0xff, (value >>> 24) & 0xff]
}

function writeHeaders(file: Buffer, entry: number, architecture: Architecture): void {
  // Identification: ELF, 64 bits, little endian, version 1.
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1])
  file.writeUInt16LE(2, 16)
  file.writeUInt16LE(architecture === 'x64' ? 62 : 183, 18)
  file.writeUInt32LE(1, 20)
  file.writeBigUInt64LE(BigInt(entry), 24)
  file.writeBigUInt64LE(BigInt(HEADER), 32)
  file.writeUInt16LE(HEADER, 52)
  file.writeUInt16LE(PROGRAM_HEADER, 54)
  file.writeUInt16LE(1, 56)
  // The whole file is loaded, to be read and executed.
  file.writeUInt32LE(1, HEADER)
  file.writeUInt32LE(5, HEADER + 4)
  for (const [offset, value] of [
    [16, BASE],
    [24, BASE],
    [32, file.length],
    [40, file.length],
    [48, 0x1000]
  ] as const) {
    file.writeBigUInt64LE(BigInt(value), HEADER + offset)
  }
}
