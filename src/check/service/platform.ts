import {containersOf, whereIs} from '../../definition/definition.ts'
import {isObject, itemsOf, type JsonObject, type JsonPath, textOf} from '../../definition/json.ts'
import {type Check, memberAt} from '../check.ts'
import {isOnFargate} from '../definition/parts.ts'
import {familyOf} from './launch.ts'

/** "All tasks that run as part of this service must use the same platformFamily value as the service" (Amazon ECS API, Service). */
export const platformFamily: Check = {
  name: 'platform-family',
  finds: 'an operating system that is not the one of the service',
  level: 'warning',
  needs: [],
  run: ({service, definition}) => {
    const path = ['runtimePlatform', 'operatingSystemFamily']
    const {platformFamily: family, serviceName = ''} = service ?? {}
    const wanted = familyOf(definition.json)
    if (service === undefined || family === undefined || !isOnFargate(service)) return []
    if (isSameFamily(family, wanted)) return []
    return [
      {
        path,
        message:
          `The definition (${whereIs(definition, path)}) is for \`${wanted}\`, but the service ${serviceName} runs on ` +
          `${family}: by its documentation all tasks of a service on Fargate have the same platform family, so that ECS may refuse ` +
          'the update; correct it, or create another service.',
        fix: `"runtimePlatform": {"operatingSystemFamily": "${family.toUpperCase()}"}`
      }
    ]
  }
}

/** Services say `Linux` where definitions say `LINUX`; those of Windows may leave out the version. */
function isSameFamily(ofService: string, ofDefinition: string): boolean {
  const family = ofService.toUpperCase()
  return family === ofDefinition || (family === 'WINDOWS' && ofDefinition.startsWith(family))
}

/** A member that Fargate for Linux has since a platform version. */
interface Feature {
  readonly path: JsonPath
  readonly since: string
}

/** PlatformTaskDefinitionIncompatibilityException: "doesn't satisfy the required capabilities of the task definition". */
export const platformVersion: Check = {
  name: 'platform-version',
  finds: 'what the platform version of the service on Fargate does not have yet',
  level: 'error',
  needs: [],
  run: ({service, definition}) => {
    const {platformVersion: version = 'LATEST', serviceName = ''} = service ?? {}
    // Windows counts its platform versions anew.
    if (
      version === 'LATEST' ||
      service === undefined ||
      !isOnFargate(service) ||
      familyOf(definition.json) !== 'LINUX'
    ) {
      return []
    }
    return featuresOf(definition.json)
      .filter(({since}) => isBefore(version, since))
      .map(({path, since}) => ({
        path,
        message:
          `${memberAt(definition, path)} needs the Fargate platform version ${since}, but the service ${serviceName} is ` +
          `pinned to ${version}: ECS refuses the update, so set the platform version of the service to LATEST.`
      }))
  }
}

function isBefore(version: string, since: string): boolean {
  return version.localeCompare(since, 'en', {numeric: true}) < 0
}

/** Sources: Amazon ECS API, the members themselves; "Task definition differences for Fargate" for sizes from 8 vCPU. */
function featuresOf(json: JsonObject): Feature[] {
  const ofTask = [
    ...(json['ephemeralStorage'] === undefined ? [] : [{path: ['ephemeralStorage'], since: '1.4.0'}]),
    ...(json['pidMode'] === undefined ? [] : [{path: ['pidMode'], since: '1.4.0'}]),
    ...(/^\d+$/.test(textOf(json['cpu'])) && Number(json['cpu']) >= 8192 ? [{path: ['cpu'], since: '1.4.0'}] : [])
  ]
  return [...ofTask, ...containersOf(json).flatMap((container, index) => ofContainer(container, index))]
}

function ofContainer(container: JsonObject, index: number): Feature[] {
  const at = (...path: string[]): JsonPath => ['containerDefinitions', index, ...path]
  const linux = container['linuxParameters']
  const capabilities = isObject(linux) ? linux['capabilities'] : undefined
  const added = isObject(capabilities) ? itemsOf(capabilities['add']) : []
  return [
    ...(itemsOf(container['environmentFiles']).length > 0 ? [{path: at('environmentFiles'), since: '1.4.0'}] : []),
    ...(itemsOf(container['systemControls']).length > 0 ? [{path: at('systemControls'), since: '1.4.0'}] : []),
    ...(added.length > 0 ? [{path: at('linuxParameters', 'capabilities', 'add'), since: '1.4.0'}] : []),
    ...(itemsOf(container['dependsOn']).length > 0 ? [{path: at('dependsOn'), since: '1.3.0'}] : []),
    ...['startTimeout', 'stopTimeout'].flatMap(member =>
      container[member] === undefined ? [] : [{path: at(member), since: '1.3.0'}]
    )
  ]
}
