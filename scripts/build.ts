/** `npm run build [-- DIRECTORY]`: bundles the action into `dist`, or another directory, which holds nothing else then. */
import {spawnSync} from 'node:child_process'
import {rmSync} from 'node:fs'
import {createRequire} from 'node:module'

const [, , directory = 'dist'] = process.argv
const ncc = createRequire(import.meta.url).resolve('@vercel/ncc/dist/ncc/cli.js')

// Parts that are loaded only when they are needed are files of their own, whose names change.
rmSync(directory, {recursive: true, force: true})
const {status} = spawnSync(
  process.execPath,
  [ncc, 'build', 'src/index.ts', '--out', directory, '--license', 'licenses.txt'],
  {stdio: 'inherit'}
)
process.exitCode = status ?? 1
