import type {Service} from '@aws-sdk/client-ecs'
import {familyAndRevision, lastPart} from '../aws/arn.ts'
import {containersOf} from '../definition/definition.ts'
import {type Change, difference} from '../definition/difference.ts'
import {type JsonObject, mapMembers, textOf} from '../definition/json.ts'
import {sameDefinition} from '../definition/same.ts'
import {count} from '../workflow/text.ts'
import {describeCourse} from './describe-course.ts'
import type {Situation} from './situation.ts'

/** What a release would do to one service. */
export interface Outlook {
  readonly service: string
  readonly cluster: string
  /** `family:revision` of what it runs. */
  readonly running: string
  /** What changes in the task definition; `undefined` where the running revision could not be read. */
  readonly changes: readonly Change[] | undefined
  /** How the service gets there, a line for each step. */
  readonly course: readonly string[]
}

/** Looks ahead. Pure. @returns `undefined` without a service */
export function outlookOf({service, definition, containers, inputs, running}: Situation): Outlook | undefined {
  if (service === undefined) return undefined
  const {serviceName = '', clusterArn = '', taskDefinition = ''} = service
  const json = running === undefined ? definition.json : withKnownDigests(definition.json, running.json, containers)
  const isSame = running !== undefined && sameDefinition(json, running.json)
  const {desiredCount, forceNewDeployment} = inputs
  return {
    service: serviceName,
    cluster: lastPart(clusterArn),
    running: familyAndRevision(taskDefinition),
    changes: running && difference(running.json, json),
    course:
      isSame && !forceNewDeployment ? [scaling(service, desiredCount)] : describeCourse(service, json, desiredCount)
  }
}

/** The image has no digest before it is built; of one with the same tag there is no other. */
function withKnownDigests(json: JsonObject, running: JsonObject, containers: readonly string[]): JsonObject {
  const images = new Map(containersOf(running).map(({name, image}) => [textOf(name), textOf(image)]))
  const rendered = containersOf(json).map(container => {
    const image = images.get(textOf(container['name'])) ?? ''
    const isSame = containers.includes(textOf(container['name'])) && image.startsWith(`${textOf(container['image'])}@`)
    return isSame ? {...container, image} : container
  })
  return mapMembers(json, (value, member) => (member === 'containerDefinitions' ? rendered : value))
}

/** What happens to a service that runs this already. */
function scaling({desiredCount: before = 0}: Service, desiredCount = before): string {
  if (desiredCount === before) return 'Nothing is started: the service runs this already.'
  return `Scales from ${before} to ${count(desiredCount, 'task')}; none is replaced, because the service runs this already.`
}
