import {findings} from '../../definition/schema.ts'
import {nearest} from '../../workflow/nearest.ts'
import {bounded, listed, oneLine} from '../../workflow/text.ts'
import {type Check, memberAt} from '../check.ts'

export const unknownMembers: Check = {
  name: 'unknown-member',
  finds: 'members that the SDK of this action does not know, which may be mistyped or newer than it',
  level: 'warning',
  needs: [],
  run: ({definition}) =>
    findings(definition.json).flatMap(finding => {
      const member = finding.path.at(-1)
      // What ECS answered itself, it knows.
      if (finding.kind !== 'unknown' || typeof member !== 'string' || !definition.locate(finding.path)) return []
      const meant = nearest(member, finding.known)
      const advice = meant === undefined ? 'correct it unless it is new' : `did you mean \`${meant}\``
      return {
        message: `${memberAt(definition, finding.path)} is not known to this action and passed on to ECS as it is: ${advice}${meant === undefined ? '.' : '?'}`,
        path: finding.path,
        isName: true
      }
    })
}

export const unknownWords: Check = {
  name: 'unknown-word',
  finds: 'words that the SDK of this action does not know, where ECS takes only certain ones',
  level: 'warning',
  needs: [],
  run: ({definition}) =>
    findings(definition.json).flatMap(finding => {
      // What is no word at all is the placeholder of a tool.
      if (finding.kind !== 'word' || finding.isCertain || !/^[\w.-]+$/.test(finding.value)) return []
      const meant = nearest(finding.value, finding.known)
      const words = listed(
        finding.known.map(word => `\`${word}\``),
        16
      )
      return {
        message:
          `${memberAt(definition, finding.path)} is \`${bounded(oneLine(finding.value), 80)}\`, which is not among the words that ECS is known to take there: ` +
          (meant === undefined ? `they are ${words}.` : `did you mean \`${meant}\`?`),
        path: finding.path
      }
    })
}
