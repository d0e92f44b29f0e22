import {spawn} from 'node:child_process'
import {fstatSync, mkdtempSync, openSync, readSync, writeFileSync} from 'node:fs'
import {request} from 'node:http'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import type {DockerEngine} from './docker-engine.ts'
import {unpackedDocker} from './docker-packages.ts'

/**
 * Runs the engine until it ends, or until standard input does: that happens when the process that started this one ends,
 * in whatever way. Then the engine's directory ($0) goes, with what is still mounted in it if the engine did not end well.
 */
const keep = `
exec 3<&0
"$@" 3<&- & engine=$!
{ read -r _ <&3; kill "$engine"; } & watch=$!
wait "$engine"; status=$?
exec 2>/dev/null
kill "$watch"
cut -d ' ' -f 2 /proc/self/mounts | grep "^$0/" | sort -r | while read -r mount; do umount -l "$mount"; done
rm -rf --one-file-system -- "$0"
exit "$status"`

/**
 * Starts a Docker engine that nobody else sees: own data directory and socket, no network for its containers. Needs root on
 * Debian, Ubuntu or a relative of theirs.
 * @throws Error with one sentence that says why it did not start
 */
export async function startPrivateEngine(): Promise<DockerEngine> {
  const docker = await unpackedDocker()
  const directory = mkdtempSync(join(tmpdir(), 'ecs-release-docker-'))
  const socket = join(directory, 'docker.sock')
  const configuration = join(directory, 'daemon.json')
  writeFileSync(configuration, JSON.stringify(engineConfiguration(directory, socket)))

  const log = openSync(join(directory, 'log'), 'w+')
  // In a process group of its own: Ctrl-C ends the engine only after what uses it.
  const keeper = spawn('sh', ['-c', keep, directory, 'dockerd', '--config-file', configuration], {
    env: {...process.env, ...docker.engineEnv},
    stdio: ['pipe', log, log],
    detached: true
  })
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
      `The private Docker engine does not start here (${lastLine(log)}): start a Docker engine and run the command again.`
    )
  }
  console.error('Started a private Docker engine.')
  return {env: {...docker.clientEnv, DOCKER_HOST: `unix://${socket}`, DOCKER_TLS_VERIFY: ''}, stop}
}

/** Asks the engine until it answers; `false` if the signal aborts first. */
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

/** As for `dockerd --config-file`. Given as a file, so that the one in /etc/docker has no say. */
function engineConfiguration(directory: string, socket: string): object {
  return {
    'data-root': join(directory, 'data'),
    'exec-root': join(directory, 'exec'),
    pidfile: join(directory, 'docker.pid'),
    hosts: [`unix://${socket}`],
    bridge: 'none',
    iptables: false,
    ip6tables: false
  }
}
