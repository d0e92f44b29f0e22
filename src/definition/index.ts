import type {Aws} from '../aws/clients.ts'
import type {WorkflowRun} from '../workflow/event.ts'
import type {World} from '../world.ts'
import type {Definition} from './definition.ts'
import {originTags} from './origin.ts'
import {registerDefinition, type Revision} from './register.ts'
import {renderDefinition} from './render.ts'

export type {Revision} from './register.ts'

/** A service's definition, and the containers in it that get the image. */
interface Target {
  readonly service: {readonly name: string; readonly taskDefinitionArn: string}
  readonly definition: Definition
  readonly containers: readonly string[]
}

/**
 * Renders the definitions of all services with the image and provides a revision of each; services that share a
 * definition share its revision.
 * @param image the reference that goes into the containers
 * @param run the workflow run that registers, named in the revisions' tags
 * @param told is called with the revision of each service as soon as there is one
 * @returns the revisions in the order of the services
 */
export async function registerDefinitions(
  targets: readonly Target[],
  image: string,
  run: WorkflowRun,
  aws: Aws,
  world: World,
  told: (service: string, revision: Revision) => void
): Promise<Revision[]> {
  const revisions: Revision[] = []
  const provided = new Map<string, Revision>()
  // One after the other: ECS takes one registration a second.
  for (const {service, definition, containers} of targets) {
    const rendered = renderDefinition(definition, image, containers)
    const content = JSON.stringify(rendered.json)
    const revision =
      provided.get(content) ??
      (await registerDefinition(rendered, service.taskDefinitionArn, aws, world, originTags(run)))
    provided.set(content, revision)
    told(service.name, revision)
    revisions.push(revision)
  }
  return revisions
}
