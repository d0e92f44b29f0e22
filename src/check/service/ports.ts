import type {Service} from '@aws-sdk/client-ecs'
import {lastPart} from '../../aws/arn.ts'
import {whereIs} from '../../definition/definition.ts'
import {textOf} from '../../definition/json.ts'
import {listed} from '../../workflow/text.ts'
import {type Check, type Found, memberAt} from '../check.ts'
import type {Situation} from '../situation.ts'
import {containerNames, pathInContainer, portMappingsOf} from './containers.ts'

/** Something of the service that uses a container, and a port of it. */
interface Use {
  /** Completes "The service web …". */
  readonly does: string
  readonly container: string
  readonly port: number | undefined
}

/** ECS: "The container app does not exist in the task definition." */
export const serviceContainer: Check = {
  name: 'service-container',
  finds:
    'a container that the load balancer or the service registry of the service names and the definition does not have',
  level: 'error',
  needs: [],
  run: ({service, definition}) =>
    usesOf(service)
      .filter(({container}) => !containerNames(definition.json).includes(container))
      .map(({does, container}) => {
        const path = ['containerDefinitions']
        const names = containerNames(definition.json)
        return {
          path,
          message:
            `The service ${service?.serviceName ?? ''} ${does} the container \`${container}\`, but the definition ` +
            `(${whereIs(definition, path)}) has ${names.length === 1 ? 'only ' : ''}${listed(names.map(name => `\`${name}\``))}: ECS refuses the ` +
            `update, so call the container \`${container}\`, or change the service.`,
          ...(names.length === 1 && {fix: `"name": "${container}"`})
        }
      })
}

/** ECS: "The container app did not have a container port 8080 defined." */
export const servicePort: Check = {
  name: 'service-port',
  finds:
    'a container port that the load balancer or the service registry of the service uses and the container does not map',
  level: 'error',
  needs: [],
  run: ({service, definition}) =>
    usesOf(service)
      .filter(({container}) => containerNames(definition.json).includes(container))
      .filter(use => !mapsPort(definition.json, use))
      .map(({does, container, port = 0}) => {
        const path = pathInContainer(definition.json, container, 'portMappings')
        return {
          path,
          message:
            `The service ${service?.serviceName ?? ''} ${does} the port ${port} of the container \`${container}\`, which ` +
            `${memberAt(definition, path)} does not have: ECS refuses the update, so map the port.`,
          fix: `"portMappings": [{"containerPort": ${port}}]`
        }
      })
}

/** Load balancers and service registries of the service; a registry may name no container. */
function usesOf(service: Service | undefined): Use[] {
  const balancers = (service?.loadBalancers ?? []).map(({containerName, containerPort, ...balancer}) => {
    const [, group] = /targetgroup\/([^/]+)/.exec(balancer.targetGroupArn ?? '') ?? []
    const from = group ?? balancer.loadBalancerName ?? ''
    return {does: `sends the requests of ${from} to`, container: containerName, port: containerPort}
  })
  const registries = (service?.serviceRegistries ?? []).map(({registryArn = '', containerName, containerPort}) => ({
    does: `registers in ${lastPart(registryArn)}`,
    container: containerName,
    port: containerPort
  }))
  const uses = [...balancers, ...registries]
  return uses.flatMap(({container, ...use}) => (container === undefined ? [] : [{...use, container}]))
}

/** A range of ports may do, too. */
function mapsPort(json: Situation['definition']['json'], {container, port}: Use): boolean {
  const mappings = portMappingsOf(json).filter(mapping => mapping.container === container)
  return (
    port === undefined ||
    mappings.some(({value}) => value['containerPort'] === port || value['containerPortRange'] !== undefined)
  )
}

/** ECS: "portName(web) does not refer to any named PortMapping in the container definitions". */
export const portName: Check = {
  name: 'port-name',
  finds: 'a port name that Service Connect or VPC Lattice uses and no port mapping has',
  level: 'error',
  needs: [],
  run: ({service, definition}) => {
    const names = portMappingsOf(definition.json).flatMap(({value}) => value['name'] ?? [])
    return portNamesOf(service)
      .filter(({portName}) => !names.includes(portName))
      .map(({by, portName}) => portNameMissing(by, portName, service?.serviceName ?? '', definition))
  }
}

function portNameMissing(
  by: string,
  portName: string,
  serviceName: string,
  definition: Situation['definition']
): Found {
  const [only, ...others] = portMappingsOf(definition.json)
  const path = only !== undefined && others.length === 0 ? only.path : ['containerDefinitions']
  return {
    path,
    message:
      `The service ${serviceName} offers the port \`${portName}\` by ${by}, but no port mapping in the definition ` +
      `(${whereIs(definition, path)}) has that name: ECS refuses the update, so name the port mapping.`,
    fix: `"name": "${portName}"`
  }
}

interface PortName {
  readonly by: string
  readonly portName: string
}

/** The port names that the newest deployment of the service uses. */
function portNamesOf(service: Service | undefined): PortName[] {
  const newest = service?.deployments?.find(({status}) => status === 'PRIMARY')
  const lattice = (newest?.vpcLatticeConfigurations ?? []).map(({portName}) => ({by: 'VPC Lattice', portName}))
  return [...connectedPorts(service), ...lattice].flatMap(({by, portName}) =>
    portName === undefined ? [] : [{by, portName}]
  )
}

function connectedPorts(service: Service | undefined): {by: string; portName: string | undefined}[] {
  const newest = service?.deployments?.find(({status}) => status === 'PRIMARY')
  const {enabled, services = []} = newest?.serviceConnectConfiguration ?? {}
  return enabled === true ? services.map(({portName}) => ({by: 'Service Connect', portName})) : []
}

/** "`appProtocol` is immutable in a Service Connect service" (Amazon ECS API, PortMapping). */
export const connectProtocol: Check = {
  name: 'service-connect-protocol',
  finds: 'another `appProtocol` than before for a port that Service Connect offers',
  level: 'warning',
  needs: [],
  run: ({service, definition, running}) =>
    connectedPorts(service).flatMap(({portName}) => {
      const named = (json: Situation['definition']['json']) =>
        portMappingsOf(json).find(({value}) => value['name'] === portName)
      const [before, after] = [running && named(running.json), named(definition.json)]
      const [old, wanted] = [before, after].map(found => textOf(found?.value['appProtocol']) || 'tcp')
      if (before === undefined || after === undefined || old === wanted) return []
      const path = [...after.path, 'appProtocol']
      return [
        {
          path,
          message:
            `${memberAt(definition, path)} makes \`${wanted ?? ''}\` of \`${old ?? ''}\` for the port \`${portName ?? ''}\` ` +
            `that the service ${service?.serviceName ?? ''} offers by Service Connect: it cannot be changed, so keep it, or ` +
            'use another port name.'
        }
      ]
    })
}
