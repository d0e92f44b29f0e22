import {type Found, memberAt} from '../check.ts'
import type {Situation} from '../situation.ts'
import {numberIn, type Part} from './parts.ts'

/** What ECS takes for a number. */
export interface Range {
  readonly least: number
  readonly most: number
  /** What is counted, such as `seconds`; empty for a number of times. */
  readonly unit: string
}

/** The numbers in a part that are not in their ranges. */
export function outOfRange(
  {definition}: Situation,
  {value, path}: Part,
  ranges: Readonly<Record<string, Range>>
): Found[] {
  return Object.entries(ranges).flatMap(([member, {least, most, unit}]) => {
    const number = numberIn(value[member])
    if (number === undefined || (number >= least && number <= most)) return []
    const at = [...path, member]
    const range = `${least} to ${most}${unit === '' ? '' : ` ${unit}`}`
    return {
      message: `${memberAt(definition, at)} is ${number}, but ECS takes ${range} there: correct it.`,
      path: at
    }
  })
}
