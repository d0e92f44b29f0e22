import {notPlayed} from './errors.ts'

/** Refuses expressions that are not played. @throws AwsError UnsupportedFeatureException */
export function checkExpressions(
  constraints: readonly {readonly type?: string | undefined; readonly expression?: string | undefined}[] = []
): void {
  for (const {type, expression = ''} of constraints) if (type === 'memberOf') meets(expression, new Map())
}

/** `attribute:name operator value`, the value a word, or a list of words for `in`. */
const term = /^attribute:(\S+?)\s*(==|!=|=~|in\b)\s*(\[[^\]]*\]|\S+)$/

/**
 * Whether the attributes of a container instance meet an expression of the cluster query language. Played are comparisons
 * of attributes with `==`, `!=`, `=~` and `in`, joined by `and`.
 * @throws AwsError UnsupportedFeatureException for anything else
 */
export function meets(expression: string, attributes: ReadonlyMap<string, string | undefined>): boolean {
  return expression
    .split(/\s+and\s+|\s*&&\s*/)
    .map(part => {
      const [, name = '', operator, argument = ''] = term.exec(part.trim()) ?? []
      if (operator === undefined) throw notPlayed(`The expression ${expression}`)
      const value = attributes.get(name)
      if (operator === '!=') return value !== argument
      if (operator === '=~') return value !== undefined && new RegExp(`^(?:${argument})$`).test(value)
      const wanted = operator === 'in' ? argument.replace(/[[\]'"\s]/g, '').split(',') : [argument]
      return value !== undefined && wanted.includes(value)
    })
    .every(Boolean)
}
