/**
 * `npm run scenarios`: plays releases in all sorts of situations with the bundle, against the local AWS on its own clock, and
 * shows for each what came of it. `npm run scenarios -- NAME…` plays those whose names contain one of these texts and shows
 * their logs; with `--sample N`, only every Nth is played. Ends with 1 when a verdict is wrong, lacks its key sentence or
 * comes too late. With `--plan` each release is only planned, and it ends with 1 when one of them changes anything.
 */
import {availableParallelism} from 'node:os'
import {parseArgs} from 'node:util'
import {scenarios} from './scenarios/list.ts'
import {isHarmless, planRow, playPlan} from './scenarios/plan.ts'
import {play, playAll} from './scenarios/run.ts'
import type {Scenario} from './scenarios/scenario.ts'
import {complaints, summary, tableOf} from './scenarios/table.ts'

const {values, positionals: wanted} = parseArgs({
  options: {plan: {type: 'boolean'}, sample: {type: 'string', default: '1'}},
  allowPositionals: true
})
const chosen = scenarios
  .filter(({name}) => wanted.length === 0 || wanted.some(text => name.includes(text)))
  .filter((_, index) => index % Number(values.sample) === 0)

if (chosen.length === 0) {
  const names = scenarios.map(({name}) => `  ${name}`).join('\n')
  console.error(`No scenario has ${wanted.join(' or ')} in its name. There are:\n${names}`)
  process.exitCode = 2
} else {
  process.exitCode = (await (values.plan === true ? planAll(chosen) : releaseAll(chosen))) ? 0 : 1
}

/** @returns whether all verdicts are as they should be */
async function releaseAll(chosen: readonly Scenario[]): Promise<boolean> {
  const table = tableOf(chosen)
  console.log(table.head)
  const results = await playAll(
    chosen,
    availableParallelism(),
    result => {
      if (wanted.length > 0) console.log(`\n${result.log}\n`)
      console.log([table.row(result), ...complaints(result).map(line => `    ${line}`)].join('\n'))
    },
    play
  )
  const {lines, isGood} = summary(results)
  console.log(`\n${lines.join('\n')}`)
  return isGood
}

/** @returns whether no plan changes anything */
async function planAll(chosen: readonly Scenario[]): Promise<boolean> {
  const results = await playAll(
    chosen,
    availableParallelism(),
    result => {
      if (wanted.length > 0) console.log(`\n${result.log}\n`)
      console.log(planRow(result))
    },
    playPlan
  )
  const harmless = results.filter(isHarmless).length
  console.log(`\n${harmless} plans that changed nothing, ${results.length - harmless} others`)
  return harmless === results.length
}
