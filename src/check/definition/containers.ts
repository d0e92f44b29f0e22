import {isObject, itemsOf, textOf} from '../../definition/json.ts'
import {bounded, oneLine} from '../../workflow/text.ts'
import {type Check, type Found, memberAt} from '../check.ts'
import type {Situation} from '../situation.ts'
import {containersIn, type Part, partsIn, textIn} from './parts.ts'

export const essential: Check = {
  name: 'essential',
  finds: 'a task without an essential container',
  level: 'error',
  needs: [],
  run: situation => {
    const containers = containersIn(situation)
    if (containers.length === 0 || containers.some(({value}) => value['essential'] !== false)) return []
    const path = ['containerDefinitions', 0, 'essential']
    const message = `${memberAt(situation.definition, path)} is false as in every container, but ECS needs one that is essential: leave it out of the container that the task is about.`
    return [{message, path}]
  }
}

export const containerNames: Check = {
  name: 'container-names',
  finds: 'two containers with the same name',
  level: 'error',
  needs: [],
  run: situation =>
    twice(containersIn(situation)).map(({value, path}) =>
      found(
        situation,
        [...path, 'name'],
        `is \`${textOf(value['name'])}\`, as another container is called: rename one.`
      )
    )
}

export const image: Check = {
  name: 'image-reference',
  finds: 'an image that is no reference to one, in a container that does not get the new image',
  level: 'error',
  needs: [],
  run: situation =>
    containersIn(situation)
      .filter(({value}) => !situation.containers.includes(textOf(value['name'])))
      .flatMap(container => wrongImage(situation, container))
}

/** ECS takes letters, digits and `- _ : . / #`, and behind an `@` a digest. Source: API reference, ContainerDefinition. */
function wrongImage(situation: Situation, {value, path}: Part): Found[] {
  const reference = textIn(value['image'])
  if (reference === undefined) return []
  const [repository = '', digest] = reference.split('@')
  const isReference =
    /^[\w\-:./#]{1,255}$/.test(repository) && (digest === undefined || /^sha256:[0-9a-f]{64}$/.test(digest))
  if (isReference) return []
  // A password may stand before a host.
  const shown = `is \`${bounded(oneLine(reference.replace(/\/\/.*@/, '//…@')), 80)}\`, which is no reference to an image`
  return [
    found(situation, [...path, 'image'], `${shown}: correct it, or add the container to the input \`container-name\`.`)
  ]
}

export const secretNames: Check = {
  name: 'secret-names',
  finds: 'a secret with the name of another secret or of an environment variable of its container',
  level: 'error',
  needs: [],
  run: situation =>
    containersIn(situation).flatMap(container => [
      ...twice(partsIn(container, 'secrets')).map(({value, path}) =>
        found(
          situation,
          [...path, 'name'],
          `is \`${shownName(value['name'])}\`, as another secret of this container is called: remove one.`
        )
      ),
      ...alsoVariables(situation, container)
    ])
}

function alsoVariables(situation: Situation, container: Part): Found[] {
  const variables = namesIn(container, 'environment')
  return partsIn(container, 'secrets')
    .filter(({value}) => textIn(value['name']) !== undefined && variables.has(textOf(value['name'])))
    .map(({value, path}) =>
      found(
        situation,
        [...path, 'name'],
        `is \`${shownName(value['name'])}\`, which is in the \`environment\` of this container too: leave it in one of the two.`
      )
    )
}

export const secretReference: Check = {
  name: 'secret-reference',
  finds: 'the key of a secret behind a name, which only an ARN can have',
  level: 'error',
  needs: [],
  run: situation =>
    containersIn(situation)
      .flatMap(container => partsIn(container, 'secrets'))
      .flatMap(({value, path}) => {
        const from = textIn(value['valueFrom'])
        // With a single one, it may be the version or the label of a parameter.
        if (from === undefined || from.startsWith('arn:') || !/:.*:/.test(from)) return []
        return found(
          situation,
          [...path, 'valueFrom'],
          'is no ARN but has the key of a secret behind it, and ECS reads it as the name of a parameter: give the full ARN of the secret.'
        )
      })
}

export const environmentFiles: Check = {
  name: 'environment-files',
  finds: 'an environment file whose name does not end in `.env`',
  level: 'warning',
  needs: [],
  run: situation =>
    containersIn(situation)
      .flatMap(container => partsIn(container, 'environmentFiles'))
      .flatMap(({value, path}) => {
        const file = textIn(value['value'])
        if (file === undefined || file.endsWith('.env')) return []
        return found(
          situation,
          [...path, 'value'],
          'does not end in `.env`, which ECS demands by its documentation: rename the file.'
        )
      })
}

export const repeatedNames: Check = {
  name: 'repeated-names',
  finds: 'environment variables, volumes or tags with the same name, of which one wins or which ECS may refuse',
  level: 'warning',
  needs: [],
  run: situation => {
    const task = {value: situation.definition.json, path: []}
    return [
      ...containersIn(situation)
        .flatMap(container => twice(partsIn(container, 'environment')))
        .map(({value, path}) =>
          again(situation, [...path, 'name'], shownName(value['name']), 'variable of this container')
        ),
      ...twice(partsIn(task, 'volumes')).map(({value, path}) =>
        again(situation, [...path, 'name'], shownName(value['name']), 'volume')
      ),
      ...twice(partsIn(task, 'tags'), 'key').map(({value, path}) =>
        again(situation, [...path, 'key'], shownName(value['key']), 'tag')
      )
    ]
  }
}

function again(situation: Situation, path: Part['path'], name: string, what: string): Found {
  return found(
    situation,
    path,
    `is \`${name}\`, as another ${what} is called, and one of them is lost or ECS refuses both: remove one.`
  )
}

/** The parts that are called like an earlier one. */
function twice(parts: readonly Part[], member = 'name'): Part[] {
  const seen = new Set<string>()
  return parts.filter(({value}) => {
    const name = textIn(value[member])
    if (name === undefined) return false
    const isAgain = seen.has(name)
    seen.add(name)
    return isAgain
  })
}

function namesIn({value}: Part, list: string): ReadonlySet<string> {
  return new Set(itemsOf(value[list]).flatMap(item => (isObject(item) ? [textOf(item['name'])] : [])))
}

function shownName(name: Part['value'][string] | undefined): string {
  return bounded(oneLine(textOf(name)), 80)
}

function found({definition}: Situation, path: Part['path'], wrong: string): Found {
  return {message: `${memberAt(definition, path)} ${wrong}`, path}
}
