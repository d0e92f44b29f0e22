import {access, constants, mkdir, readdir, readFile, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import type {Log} from '../workflow/log.ts'

/**
 * Where the user's builders are. buildx writes there: where it may not, it gets a copy of this run alone.
 * @param own the user's directory, which need not exist
 * @param parent where the copy is made
 * @param canWrite whether the own one may be written to
 */
export async function buildxDirectory(own: string, parent: string, log: Log, canWrite = isWritable): Promise<string> {
  if (await canWrite(own)) return own
  const copied = join(parent, 'buildx')
  try {
    await copy(own, copied)
  } catch (error) {
    const {code = ''} = error as NodeJS.ErrnoException
    if (code !== 'ENOENT') log.info(`${own} is left out: ${code}`)
  }
  return copied
}

function isWritable(path: string): Promise<boolean> {
  return access(path, constants.W_OK).then(
    () => true,
    () => false
  )
}

/** Not with the permissions of what is copied: it could neither be written to nor removed. */
async function copy(from: string, to: string): Promise<void> {
  const entries = await readdir(from, {withFileTypes: true})
  await mkdir(to, {mode: 0o700})
  for (const entry of entries) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)]
    if (entry.isDirectory()) await copy(source, target)
    if (entry.isFile()) await writeFile(target, await readFile(source), {mode: 0o600})
  }
}
