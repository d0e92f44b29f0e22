import {type Definition, whereIs} from '../definition/definition.ts'
import {type JsonPath, pathText} from '../definition/json.ts'
import type {Finding} from './finding.ts'
import type {Situation} from './situation.ts'

/** One thing that is looked for before the build. */
export interface Check {
  /** As the documentation lists it, such as `fargate-size`. */
  readonly name: string
  /** What it finds, for the documentation. */
  readonly finds: string
  /** `error` where ECS certainly refuses or the release certainly fails; `warning` where it may go well. */
  readonly level: 'error' | 'warning'
  /** IAM actions without which nothing is checked; none beyond those that every release needs where it is empty. */
  readonly needs: readonly string[]
  /** Pure. A fact that is `undefined` could not be read, which the log has said: then nothing is found. */
  readonly run: (situation: Situation) => readonly Found[]
}

/** What a check found. */
export interface Found {
  /** One sentence: what, which value, where, why it matters, and what to do. */
  readonly message: string
  /** Where in the definition, if it is there; the annotation is put at that line. */
  readonly path?: JsonPath
  /** The annotation is put at the member's name, which is what is wrong. */
  readonly isName?: boolean
  /** What to paste. */
  readonly fix?: string
}

/** Looks for everything on the list. Pure. */
export function runChecks(checks: readonly Check[], situation: Situation): Finding[] {
  return checks.flatMap(({name, level, run}) =>
    run(situation).map(({message, path, isName, fix}) => ({
      check: name,
      level,
      message,
      place: path && situation.definition.locate(path, isName === true ? 'name' : 'value'),
      fix
    }))
  )
}

/** A member in a sentence: `` `containerDefinitions[0].cpu` (task-definition.json, line 12) ``. */
export function memberAt(definition: Definition, path: JsonPath): string {
  return `\`${pathText(path)}\` (${whereIs(definition, path)})`
}
