/** `npm run build [-- DIRECTORY]`: bundles the action into `dist`, or another directory, which holds nothing else then. */
import {spawnSync} from 'node:child_process'
import {renameSync, rmSync} from 'node:fs'
import {createRequire} from 'node:module'

const [, , directory = 'dist'] = process.argv
const made = `${directory}.new`
const ncc = createRequire(import.meta.url).resolve('@vercel/ncc/dist/ncc/cli.js')

rmSync(made, {recursive: true, force: true})
const {status} = spawnSync(
  process.execPath,
  [ncc, 'build', 'src/index.ts', '--out', made, '--license', 'licenses.txt'],
  {stdio: 'inherit'}
)
if (status === 0) {
  rmSync(directory, {recursive: true, force: true})
  renameSync(made, directory)
} else {
  rmSync(made, {recursive: true, force: true})
  process.exitCode = status ?? 1
}
