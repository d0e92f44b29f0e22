import {spawn} from 'node:child_process'
import {fstatSync, openSync, readSync} from 'node:fs'
import {request} from 'node:http'
import {join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'

/** A program that answers as the Docker engine does, on a Unix socket. */
export interface PrivateService {
  /** In messages, such as `Docker engine`. */
  readonly name: string
  readonly command: readonly [program: string, ...args: string[]]
  readonly env: NodeJS.ProcessEnv
  readonly socket: string
  /** All that it writes to, this program's alone; it goes with the program. */
  readonly directory: string
}

/**
 * Runs the program until it ends, or until standard input does: that happens when the process that started this one ends,
 * in whatever way. Then the program's directory ($0) goes, with what is still mounted in it if the program did not end well.
 */
const keep = `
exec 3<&0
"$@" 3<&- & service=$!
{ read -r _ <&3; kill "$service"; } & watch=$!
wait "$service"; status=$?
exec 2>/dev/null
kill "$watch"
cut -d ' ' -f 2 /proc/self/mounts | grep "^$0/" | sort -r | while read -r mount; do umount -l "$mount"; done
rm -rf --one-file-system -- "$0"
exit "$status"`

/**
 * Starts a program and waits until it answers.
 * @returns what stops it
 * @throws Error with one sentence that says why it did not start
 */
export async function startPrivateService(service: PrivateService): Promise<() => Promise<void>> {
  const {name, command, env, socket, directory} = service
  const log = openSync(join(directory, 'log'), 'w+')
  // In a process group of its own: Ctrl-C ends it only after what uses it.
  const keeper = spawn('sh', ['-c', keep, directory, ...command], {env, stdio: ['pipe', log, log], detached: true})
  const ended = new Promise<void>(resolve =>
    keeper.once('close', () => {
      resolve()
    })
  )
  const stop = (): Promise<void> => {
    keeper.stdin?.end()
    return ended
  }

  const tooLate = AbortSignal.any([aborted(ended), AbortSignal.timeout(60_000)])
  if (!(await answers(socket, tooLate))) {
    await stop()
    throw new Error(
      `The private ${name} does not start here (${lastLine(log)}): start one yourself and run the command again.`
    )
  }
  return stop
}

/** Asks the program until it answers; `false` if the signal aborts first. */
async function answers(socket: string, signal: AbortSignal): Promise<boolean> {
  while (!signal.aborted) {
    if (await ping(socket)) return true
    await sleep(50)
  }
  return false
}

function ping(socket: string): Promise<boolean> {
  return new Promise(resolve => {
    request({socketPath: socket, path: '/_ping'}, response => {
      response.resume()
      resolve(response.statusCode === 200)
    })
      .on('error', () => {
        resolve(false)
      })
      .end()
  })
}

function aborted(by: Promise<void>): AbortSignal {
  const controller = new AbortController()
  void by.then(() => {
    controller.abort()
  })
  return controller.signal
}

/** Of an open file, whether or not it still has a name. */
function lastLine(file: number): string {
  const buffer = Buffer.alloc(fstatSync(file).size)
  readSync(file, buffer, 0, buffer.length, 0)
  return buffer.toString().trim().split('\n').at(-1) ?? ''
}
