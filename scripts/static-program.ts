/**
 * A program for Linux without any file beside it, for images `FROM scratch`: it prints a text and then waits for ever, or
 * ends with an exit code. It is put together here, byte by byte, so that no binary has to be kept in the repository.
 * Source of the layout: the ELF-64 object file format; of the calls: the kernel's tables for x86-64 and arm64.
 */
export interface Program {
  readonly prints: string
  /** Without it the program waits until a signal ends it. */
  readonly exitCode?: number
}

type Architecture = 'x64' | 'arm64'

const HEADER = 64
const PROGRAM_HEADER = 56
/** Where the file is mapped in memory. */
const BASE = 0x400000

/** @param architecture of the machine that runs it, as `process.arch` names it */
export function staticProgram({prints, exitCode}: Program, architecture: string): Uint8Array {
  if (architecture !== 'x64' && architecture !== 'arm64') throw new Error(`No program for ${architecture} processors.`)
  const text = Buffer.from(prints)
  const code = architecture === 'x64' ? x64(text.length, exitCode) : arm64(text.length, exitCode)
  const file = Buffer.concat([Buffer.alloc(HEADER + PROGRAM_HEADER), code, text])
  writeHeaders(file, architecture)
  return file
}

function writeHeaders(file: Buffer, architecture: Architecture): void {
  // Identification: ELF, 64 bits, little endian, version 1.
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1])
  file.writeUInt16LE(2, 16)
  file.writeUInt16LE(architecture === 'x64' ? 62 : 183, 18)
  file.writeUInt32LE(1, 20)
  file.writeBigUInt64LE(BigInt(BASE + HEADER + PROGRAM_HEADER), 24)
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

/** write(1, text, length), then exit(code), or pause() again and again. */
function x64(length: number, exitCode: number | undefined): Buffer {
  const end =
    exitCode === undefined
      ? [0xb8, ...int32(34), 0x0f, 0x05, 0xeb, 0xf7]
      : [0xb8, ...int32(60), 0xbf, ...int32(exitCode), 0x0f, 0x05]
  const afterText = [0xba, ...int32(length), 0x0f, 0x05, ...end]
  return Buffer.from([0xb8, ...int32(1), 0xbf, ...int32(1), 0x48, 0x8d, 0x35, ...int32(afterText.length), ...afterText])
}

/** The same; there is no pause(), so it is ppoll() of nothing. */
function arm64(length: number, exitCode: number | undefined): Buffer {
  const end =
    exitCode === undefined
      ? [move(0, 0), move(1, 0), move(2, 0), move(3, 0), move(8, 73), CALL, BACK_SIX]
      : [move(0, exitCode), move(8, 93), CALL]
  const afterText = [move(2, length), move(8, 64), CALL, ...end]
  const words = [move(0, 1), addressOfOne(afterText.length + 1), ...afterText]
  return Buffer.from(words.flatMap(int32))
}

const CALL = 0xd4000001
/** A jump to the sixth instruction before this one. */
const BACK_SIX = 0x17fffffa

function move(register: number, value: number): number {
  return (0xd2800000 | (value << 5) | register) >>> 0
}

/** Puts into register 1 the address of what lies so many instructions after this one. */
function addressOfOne(instructions: number): number {
  return (0x10000000 | (instructions << 5) | 1) >>> 0
}

function int32(value: number): number[] {
  return [value & 0xff, (value >>> 8) & 0xff, (value >>> 16) & 0xff, (value >>> 24) & 0xff]
}
