import type {JsonObject} from '../../definition/json.ts'
import type {Check, Found} from '../check.ts'
import type {Situation} from '../situation.ts'

/**
 * A check without the errors that it finds in the revision that the service runs as well: ECS has registered that one, so it
 * takes them, whatever its documentation says.
 */
export function unlessRegistered(check: Check): Check {
  if (check.level === 'warning') return check
  return {
    ...check,
    run: situation => {
      const found = check.run(situation)
      const {running, definition} = situation
      if (found.length === 0 || running === undefined) return found
      const taken = new Set(sentences(check.run(unplaced(situation, running.json))))
      const here = sentences(check.run(unplaced(situation, definition.json)))
      return found.filter((_, index) => !taken.has(here[index] ?? ''))
    }
  }
}

/** The situation with a definition of which neither the name nor the lines get into a sentence. */
function unplaced(situation: Situation, json: JsonObject): Situation {
  return {...situation, definition: {json, name: '', locate: () => undefined}}
}

function sentences(found: readonly Found[]): string[] {
  return found.map(({message}) => message)
}
