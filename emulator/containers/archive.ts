const BLOCK = 512

/** A tar archive of one program in its root. Source: POSIX, the ustar interchange format. */
export function archiveOf(name: string, program: Uint8Array): Buffer {
  const header = Buffer.alloc(BLOCK)
  header.write(name, 0)
  header.write('0000755\0', 100)
  header.write('0000000\0', 108)
  header.write('0000000\0', 116)
  header.write(`${octal(program.length, 11)} `, 124)
  header.write(`${octal(0, 11)} `, 136)
  // The checksum counts as spaces while it is made.
  header.write('        0', 148)
  header.write('ustar\x0000', 257)
  header.write(
    `${octal(
      header.reduce((sum, byte) => sum + byte, 0),
      6
    )}\0 `,
    148
  )
  const padding = Buffer.alloc((BLOCK - (program.length % BLOCK)) % BLOCK)
  return Buffer.concat([header, program, padding, Buffer.alloc(2 * BLOCK)])
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, '0')
}
