import {Failure} from './failure.ts'

/**
 * An input that is one of some words; the first of them where it is empty.
 * @throws Failure for anything else
 */
export function readChoice<const Word extends string>(
  name: string,
  value: string,
  [first, ...others]: readonly [Word, ...Word[]]
): Word {
  const words = [first, ...others]
  const found = words.find(word => word === (value || first))
  if (found !== undefined) return found
  const choice = words.map(word => `\`${word}\``)
  throw new Failure(
    `The input \`${name}\` is \`${value}\`: set it to ${choice.slice(0, -1).join(', ')} or ${choice.at(-1) ?? ''}.`
  )
}
