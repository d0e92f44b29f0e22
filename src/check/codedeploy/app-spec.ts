import {parseDocument} from 'yaml'
import {isObject, itemsOf, type Json, type JsonObject, mapMembers, textOf} from '../../definition/json.ts'
import type {WorkflowRun} from '../../workflow/event.ts'
import {Failure} from '../../workflow/failure.ts'
import {firstThatExists, readWorkspaceFile} from '../../workflow/workspace-file.ts'
import {bounded, listed, oneLine} from '../../workflow/text.ts'

/** An AppSpec file of the repository. */
export interface AppSpecFile {
  /** The path, for messages. */
  readonly shown: string
  readonly json: JsonObject
}

/** Where the load balancer of a service sends its traffic. */
export interface LoadBalancerInfo {
  readonly containerName: string
  readonly containerPort: number
}

/** Where an AppSpec file lies unless the input says it; the first is the AWS CLI's own choice. */
const USUAL_FILES = ['appspec.yaml', 'appspec.yml', 'appspec.json']
const KIND = {
  noun: 'AppSpec file',
  what: 'it',
  content: 'the specification of the deployment',
  limit: 'CodeDeploy takes no more than 256 KB'
}
const LONGEST_PROBLEM = 300

/**
 * Reads the AppSpec file of the repository, YAML or JSON.
 * @param wanted the input `codedeploy-appspec`; without it, the first usual file that exists and is for ECS
 * @returns `undefined` where there is none
 * @throws Failure for a file that is missing, cannot be read, or is not for an ECS service
 */
export async function readAppSpec(
  wanted: string | undefined,
  {workspace, temp}: Pick<WorkflowRun, 'workspace' | 'temp'>
): Promise<AppSpecFile | undefined> {
  const name = wanted ?? (await firstThatExists(USUAL_FILES, workspace))
  if (name === undefined) return undefined
  const file = await readWorkspaceFile(name, KIND, workspace, temp)
  if (file === undefined) {
    throw new Failure(
      `There is no file \`${name}\` in the workspace: correct the input \`codedeploy-appspec\`, or check the repository out before this step.`
    )
  }
  // Those of the other compute platforms have the same name.
  if (wanted === undefined && !file.text.includes('AWS::ECS::Service')) return undefined
  const json = parse(file.text, file.shown)
  propertiesOf({shown: file.shown, json})
  return {shown: file.shown, json}
}

function parse(text: string, shown: string): JsonObject {
  const document = parseDocument(text)
  const [error] = document.errors
  if (error !== undefined) throw notReadable(shown, error.message.split('\n')[0] ?? '', error.linePos?.[0].line)
  try {
    const value = document.toJS() as Json
    if (isObject(value)) return value
  } catch (cause) {
    throw notReadable(shown, cause instanceof Error ? cause.message : '')
  }
  throw notReadable(shown, 'there is no mapping at its top')
}

function notReadable(shown: string, why: string, line?: number): Failure {
  const problem = bounded(oneLine(why), LONGEST_PROBLEM).replace(/[:.]+$/, '')
  return new Failure(`The AppSpec file \`${shown}\` is neither YAML nor JSON: ${problem}.`, {
    place: {file: shown, ...(line !== undefined && {line})}
  })
}

/** The properties of the one service in an AppSpec file. @throws Failure where there is no such service */
function propertiesOf({shown, json}: AppSpecFile): JsonObject {
  const refuse = (what: string): Failure =>
    new Failure(
      `The AppSpec file \`${shown}\` ${what}, but CodeDeploy deploys exactly one ECS service by it: give it one resource of the type AWS::ECS::Service, or take the file away and have this action write one.`,
      {place: {file: shown}, fix: EXAMPLE}
    )
  const resources = itemsOf(memberOf(json, 'resources'))
  const [first] = resources
  if (resources.length !== 1 || !isObject(first)) throw refuse(`has ${resources.length} resources`)
  const [resource, ...others] = Object.values(first)
  if (!isObject(resource) || others.length > 0) throw refuse('has a resource that is no mapping of one name')
  const type = textOf(memberOf(resource, 'type'))
  if (type !== 'AWS::ECS::Service') throw refuse(`has a resource of the type ${bounded(oneLine(type), 100) || 'none'}`)
  const properties = memberOf(resource, 'properties')
  return isObject(properties) ? properties : {}
}

const EXAMPLE = `version: 0.0
Resources:
  - TargetService:
      Type: AWS::ECS::Service
      Properties:
        TaskDefinition: <TASK_DEFINITION>
        LoadBalancerInfo:
          ContainerName: app
          ContainerPort: 8080`

/**
 * The content of the AppSpec file for a revision: that of the repository with the revision in it, and the container and
 * port of the service's load balancer where it has none; without a file, just these. JSON, which CodeDeploy takes as well
 * as YAML. Pure.
 * @throws Failure where neither the file nor the service says to which container traffic goes
 */
export function appSpecFor(
  taskDefinition: string,
  file: AppSpecFile | undefined,
  loadBalancer: LoadBalancerInfo | undefined
): string {
  const properties = file === undefined ? {} : propertiesOf(file)
  const filled = withMembers(properties, {
    TaskDefinition: taskDefinition,
    LoadBalancerInfo: loadBalancerInfo(memberOf(properties, 'loadbalancerinfo'), file, loadBalancer)
  })
  if (file === undefined) {
    const TargetService = {Type: 'AWS::ECS::Service', Properties: filled}
    return JSON.stringify({version: 0, Resources: [{TargetService}]})
  }
  return JSON.stringify(
    mapMembers(file.json, (value, member) => (isNamed(member, 'resources') ? withProperties(value, filled) : value))
  )
}

/** The one resource with other properties. */
function withProperties(resources: Json, properties: JsonObject): Json {
  return itemsOf(resources).map(item =>
    isObject(item)
      ? mapMembers(item, resource => (isObject(resource) ? withMembers(resource, {Properties: properties}) : resource))
      : item
  )
}

function loadBalancerInfo(
  given: Json | undefined,
  file: AppSpecFile | undefined,
  known: LoadBalancerInfo | undefined
): JsonObject {
  const info = isObject(given) ? given : {}
  const missing = ['ContainerName', 'ContainerPort'].filter(name => memberOf(info, name) === undefined)
  if (missing.length > 0 && known === undefined) {
    const where = file === undefined ? '' : ` and the AppSpec file \`${file.shown}\` has no ${listed(missing)}`
    throw new Failure(
      `To which container traffic goes is not known: the service has no load balancer${where}: give it one, or write LoadBalancerInfo into the AppSpec file.`,
      {fix: EXAMPLE}
    )
  }
  return withMembers(info, {
    ContainerName: memberOf(info, 'containername') ?? known?.containerName ?? '',
    ContainerPort: memberOf(info, 'containerport') ?? known?.containerPort ?? 0
  })
}

/** An object with these members, which replace those that are called alike. */
function withMembers(object: JsonObject, members: JsonObject): JsonObject {
  const others = mapMembers(object, (value, member) =>
    Object.keys(members).some(name => isNamed(member, name)) ? undefined : value
  )
  return {...others, ...members}
}

/** CodeDeploy takes names in any case. */
function memberOf(object: JsonObject, name: string): Json | undefined {
  return Object.entries(object).find(([member]) => isNamed(member, name))?.[1]
}

function isNamed(member: string, name: string): boolean {
  return member.toLowerCase() === name.toLowerCase()
}

/** The task definition in the content of an AppSpec file, as CodeDeploy tells it of a deployment; `undefined` without one. */
export function taskDefinitionIn(content: string | undefined): string | undefined {
  try {
    const json = parse(content ?? '', '')
    const name = memberOf(propertiesOf({shown: '', json}), 'taskdefinition')
    return typeof name === 'string' ? name : undefined
  } catch {
    return undefined
  }
}
