import {textOf} from '../../definition/json.ts'
import {type Check, type Found, memberAt} from '../check.ts'
import {isOnFargate, networkMode} from '../definition/parts.ts'
import type {Situation} from '../situation.ts'

const PATH = ['networkMode']

/** UpdateService leaves the network of the service as it is and refuses it where it does not go with the mode. */
export const networkConfiguration: Check = {
  name: 'network-configuration',
  finds: 'a network mode that the network configuration of the service does not go with',
  level: 'error',
  needs: [],
  run: situation => {
    const {service} = situation
    if (service === undefined) return []
    const {subnets = []} = service.networkConfiguration?.awsvpcConfiguration ?? {}
    const needsSubnets = networkMode(situation) === 'awsvpc'
    if (needsSubnets && subnets.length === 0) return [withoutSubnets(situation)]
    // On Fargate, which has no other mode, the mode itself is wrong.
    return !needsSubnets && subnets.length > 0 && !isOnFargate(service) ? [withSubnets(situation)] : []
  }
}

function withoutSubnets(situation: Situation): Found {
  const {definition, service, running} = situation
  const before = running && (textOf(running.json['networkMode']) || 'bridge')
  const back = before === undefined || before === 'awsvpc' ? '' : `, or keep \`${before}\`, which it runs with`
  return {
    path: PATH,
    message:
      `${memberAt(definition, PATH)} is \`awsvpc\`, but the service ${service?.serviceName ?? ''} has no subnets for the ` +
      `network interfaces of its tasks: ECS refuses the update, so give the service a network configuration${back}.`,
    ...(back !== '' && {fix: `"networkMode": "${before ?? ''}"`})
  }
}

function withSubnets(situation: Situation): Found {
  const {definition, service} = situation
  return {
    path: PATH,
    message:
      `${memberAt(definition, PATH)} is \`${networkMode(situation)}\`, but the service ${service?.serviceName ?? ''} has a ` +
      'network configuration with subnets, which ECS takes for `awsvpc` only: it refuses the update, so write `awsvpc`.',
    fix: '"networkMode": "awsvpc"'
  }
}

/** External instances have no network interfaces to give (Amazon ECS, "Amazon ECS clusters for external instances"). */
export const externalNetwork: Check = {
  name: 'external-network',
  finds: 'the network mode `awsvpc` in a service on external instances',
  level: 'warning',
  needs: [],
  run: situation => {
    const {definition, service} = situation
    if (service?.launchType !== 'EXTERNAL' || networkMode(situation) !== 'awsvpc') return []
    return [
      {
        path: PATH,
        message:
          `${memberAt(definition, PATH)} is \`awsvpc\`, but the service ${service.serviceName ?? ''} runs on external ` +
          'instances, which do not have it: ECS may refuse the update, so write `bridge`, `host` or `none`.',
        fix: '"networkMode": "bridge"'
      }
    ]
  }
}

/** ECS: "Assign public IP is not supported for this launch type." */
export const publicIp: Check = {
  name: 'public-ip',
  finds: 'a service that asks for public IP addresses where only Fargate gives them',
  level: 'warning',
  needs: [],
  run: ({service}) => {
    const {assignPublicIp} = service?.networkConfiguration?.awsvpcConfiguration ?? {}
    if (service === undefined || assignPublicIp !== 'ENABLED' || service.launchType !== 'EC2') return []
    return [
      {
        message:
          `The service ${service.serviceName ?? ''} has \`assignPublicIp\` ENABLED, but its launch type is EC2, where tasks ` +
          'get no public IP address: ECS may refuse the update, so disable it; the instances or a NAT gateway give the ' +
          'way to the internet.'
      }
    ]
  }
}
