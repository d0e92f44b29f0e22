import {expect, test} from '@jest/globals'
import type {Check} from '../../../src/check/check.ts'
import type {JsonObject} from '../../../src/definition/json.ts'
import {container, fargate, messages, situation} from '../situation.ts'

/** A definition for container instances that nothing is wrong with; `changes` replace its members. */
export function ec2(changes: JsonObject = {}): JsonObject {
  return {family: 'web', memory: '512', containerDefinitions: [container()], ...changes}
}

/** A definition for Fargate whose containers are these; the first is called `app`. */
export function withContainers(...changes: readonly JsonObject[]): JsonObject {
  return fargate({
    containerDefinitions: changes.map((members, index) =>
      container({...(index > 0 && {name: `c${index}`}), ...members})
    )
  })
}

/** The same for container instances. */
export function ec2WithContainers(...changes: readonly JsonObject[]): JsonObject {
  return {...ec2(), containerDefinitions: withContainers(...changes)['containerDefinitions'] ?? []}
}

/** What a check finds in a definition, for a service on container instances unless the definition is for Fargate. */
export function found(check: Check, definition: JsonObject): string[] {
  return messages(check, situation({definition, service: {launchType: 'EC2'}}))
}

/** One test for each definition in which a check finds something, and one for each in which it does not. */
export function finds(
  check: Check,
  mistakes: readonly (readonly [definition: JsonObject, ...messages: readonly string[]])[],
  fine: readonly JsonObject[]
): void {
  test.each(mistakes)(`${check.name}: %j`, (definition, ...expected) => {
    expect(found(check, definition)).toEqual(expected)
  })
  test.each(fine)(`${check.name} finds nothing: %j`, definition => {
    expect(found(check, definition)).toEqual([])
  })
}
