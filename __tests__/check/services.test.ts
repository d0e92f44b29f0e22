import {expect, test} from '@jest/globals'
import {CreateClusterCommand} from '@aws-sdk/client-ecs'
import {acceptService} from '../../src/check/services.ts'
import {Stage} from '../definition/stage.ts'

test.each(['reset', 'server-error', 'access-denied'] as const)(
  'a service that is missing is told, also when the lists of what exists cannot be had: %s',
  async kind => {
    await using stage = await Stage.open()
    const {aws, emulator, world} = stage
    await aws.ecs.send(new CreateClusterCommand({clusterName: 'prod'}))
    const lists = ['ListClusters', 'ListServices']
    emulator.faults.set(lists.map(operation => ({operation, fault: {kind}}) as const))
    await expect(acceptService('web', [], 'prod', aws, world)).rejects.toThrow(
      'There is no service web in the cluster prod (eu-central-1 of account 111122223333): check the input `service` and `aws-region`.'
    )
  }
)
