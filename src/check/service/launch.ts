import {isObject, itemsOf, type JsonObject, textOf} from '../../definition/json.ts'
import {listed} from '../../workflow/text.ts'
import {type Check, memberAt} from '../check.ts'
import {isOnFargate} from '../definition/parts.ts'

/** ECS computes what a definition is compatible with, so that one for EC2 may pass for Fargate; it is not sure to. */
export const compatibility: Check = {
  name: 'compatibility',
  finds: 'a service on Fargate whose definition names other compatibilities only',
  level: 'warning',
  needs: [],
  run: ({service, definition}) => {
    const path = ['requiresCompatibilities']
    const named = itemsOf(definition.json['requiresCompatibilities'])
    if (service === undefined || !isOnFargate(service) || named.length === 0 || named.includes('FARGATE')) return []
    const wanted = [...named, 'FARGATE'].map(value => JSON.stringify(value)).join(', ')
    return [
      {
        path,
        message:
          `${memberAt(definition, path)} names only ${listed(named.map(value => `\`${textOf(value)}\``))}, but the service ` +
          `${service.serviceName ?? ''} runs on Fargate: ECS may refuse the definition there, so add \`FARGATE\`, with ` +
          'which it is checked when it is registered.',
        fix: `"requiresCompatibilities": [${wanted}]`
      }
    ]
  }
}

/** FARGATE_SPOT takes Linux tasks only (Amazon ECS API, CapacityProviderStrategyItem). */
export const fargateSpot: Check = {
  name: 'fargate-spot',
  finds: 'Windows containers in a service on Fargate Spot, which has Linux only',
  level: 'warning',
  needs: [],
  run: ({service, definition}) => {
    const path = ['runtimePlatform', 'operatingSystemFamily']
    const family = familyOf(definition.json)
    const strategy = service?.capacityProviderStrategy ?? []
    if (family === 'LINUX' || !strategy.some(({capacityProvider}) => capacityProvider === 'FARGATE_SPOT')) return []
    return [
      {
        path,
        message:
          `${memberAt(definition, path)} is \`${family}\`, but the service ${service?.serviceName ?? ''} uses the capacity ` +
          'provider FARGATE_SPOT, which runs Linux only: use FARGATE for it.'
      }
    ]
  }
}

/** The operating system of a definition; Linux where it names none. */
export function familyOf(json: JsonObject): string {
  const platform = json['runtimePlatform']
  return (isObject(platform) ? textOf(platform['operatingSystemFamily']) : '') || 'LINUX'
}
