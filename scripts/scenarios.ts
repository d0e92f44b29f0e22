/**
 * `npm run scenarios`: plays releases in all sorts of situations with the bundle, against the local AWS on its own clock, and
 * shows for each what came of it. `npm run scenarios -- NAME…` plays those whose names contain one of these texts and shows
 * their logs. Ends with 1 when a verdict is wrong, lacks its key sentence or comes too late.
 */
import {availableParallelism} from 'node:os'
import {scenarios} from './scenarios/list.ts'
import {playAll} from './scenarios/run.ts'
import {complaints, summary, tableOf} from './scenarios/table.ts'

const wanted = process.argv.slice(2)
const chosen = scenarios.filter(({name}) => wanted.length === 0 || wanted.some(text => name.includes(text)))

if (chosen.length === 0) {
  const names = scenarios.map(({name}) => `  ${name}`).join('\n')
  console.error(`No scenario has ${wanted.join(' or ')} in its name. There are:\n${names}`)
  process.exitCode = 2
} else {
  const table = tableOf(chosen)
  console.log(table.head)
  const results = await playAll(chosen, availableParallelism(), result => {
    if (wanted.length > 0) console.log(`\n${result.log}\n`)
    console.log([table.row(result), ...complaints(result).map(line => `    ${line}`)].join('\n'))
  })
  const {lines, isGood} = summary(results)
  console.log(`\n${lines.join('\n')}`)
  process.exitCode = isGood ? 0 : 1
}
