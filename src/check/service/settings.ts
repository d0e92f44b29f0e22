import type {Service} from '@aws-sdk/client-ecs'
import {isObject, itemsOf, textOf} from '../../definition/json.ts'
import {type Check, memberAt} from '../check.ts'
import type {Situation} from '../situation.ts'

/** ECS: "The service couldn't be updated because a valid taskRoleArn is not being used." */
export const executeCommandRole: Check = {
  name: 'execute-command-role',
  finds: 'no task role where the service has ECS Exec, which needs one',
  level: 'error',
  needs: [],
  run: ({service, definition, running}) => {
    if (service?.enableExecuteCommand !== true || textOf(definition.json['taskRoleArn']) !== '') return []
    const before = textOf(running?.json['taskRoleArn'])
    return [
      {
        path: ['taskRoleArn'],
        message:
          `The definition ${definition.name} has no \`taskRoleArn\`, but the service ${service.serviceName ?? ''} has ECS ` +
          'Exec switched on (`enableExecuteCommand`), which needs a task role: ECS refuses the update, so name one.',
        fix: `"taskRoleArn": "${before === '' ? 'arn:aws:iam::111122223333:role/web-task' : before}"`
      }
    ]
  }
}

/** ECS: "Task definition has configuredAtLaunch volume but no volume configuration provided at runtime". */
export const volumeConfiguration: Check = {
  name: 'volume-configuration',
  finds: 'a volume that is configured at launch and for which the service has no configuration',
  level: 'error',
  needs: [],
  run: ({service, definition}) => {
    if (service === undefined) return []
    const configured = configuredVolumes(service)
    return volumesAtLaunch(definition)
      .filter(({name}) => !configured.includes(name))
      .map(({name, path}) => ({
        path,
        message:
          `${memberAt(definition, path)} is configured at launch, but the service ${service.serviceName ?? ''} has no volume ` +
          `configuration for \`${name}\`: ECS refuses the update, so configure it in the service, or take the name that the ` +
          'service has.'
      }))
  }
}

/** ECS, on creating a service: "Volume configuration provided but no matching configuredAtLaunch volume found". */
export const unusedVolumeConfiguration: Check = {
  name: 'unused-volume-configuration',
  finds: 'a volume configuration of the service for which the definition has no volume',
  level: 'warning',
  needs: [],
  run: ({service, definition}) => {
    const names = volumesAtLaunch(definition).map(({name}) => name)
    return configuredVolumes(service)
      .filter(name => !names.includes(name))
      .map(name => ({
        path: ['volumes'],
        message:
          `The service ${service?.serviceName ?? ''} configures the volume \`${name}\`, but the definition ` +
          `${definition.name} has no volume of that name that is configured at launch: ECS may refuse the update, so add ` +
          'it, or take the configuration out of the service.',
        fix: `"volumes": [{"name": "${name}", "configuredAtLaunch": true}]`
      }))
  }
}

function configuredVolumes(service: Service | undefined): string[] {
  const newest = service?.deployments?.find(({status}) => status === 'PRIMARY')
  return (newest?.volumeConfigurations ?? []).flatMap(({name}) => name ?? [])
}

function volumesAtLaunch({json}: Situation['definition']) {
  return itemsOf(json['volumes']).flatMap((volume, index) =>
    isObject(volume) && volume['configuredAtLaunch'] === true
      ? [{name: textOf(volume['name']), path: ['volumes', index]}]
      : []
  )
}
