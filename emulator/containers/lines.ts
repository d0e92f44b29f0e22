const HEADER = 8
const ERRORS = 2

/**
 * Reads what containers without a terminal write, as Docker sends it: frames of standard output and standard error, which
 * may be cut anywhere. Source: Engine API, ContainerAttach, "Stream format".
 */
export class ContainerLines {
  readonly #add: (line: string) => void
  #rest: Buffer = Buffer.alloc(0)
  readonly #unfinished = [Buffer.alloc(0), Buffer.alloc(0)] as [Buffer, Buffer]

  /** @param add takes each line, without its end, when it is complete */
  constructor(add: (line: string) => void) {
    this.#add = add
  }

  /** Takes the next bytes. */
  push(bytes: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, bytes])
    while (this.#rest.length >= HEADER) {
      const end = HEADER + this.#rest.readUInt32BE(4)
      if (this.#rest.length < end) return
      this.#write(this.#rest[0] === ERRORS ? 1 : 0, this.#rest.subarray(HEADER, end))
      this.#rest = this.#rest.subarray(end)
    }
  }

  /** The container writes no more: lines without an end are complete too. */
  end(): void {
    for (const stream of [0, 1] as const) {
      if (this.#unfinished[stream].length > 0) this.#write(stream, Buffer.from('\n'))
    }
  }

  #write(stream: 0 | 1, bytes: Buffer): void {
    let rest = Buffer.concat([this.#unfinished[stream], bytes])
    for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n')) {
      this.#add(rest.toString('utf8', 0, end))
      rest = rest.subarray(end + 1)
    }
    this.#unfinished[stream] = rest
  }
}
