import {lastPart} from '../../aws/arn.ts'
import type {Check} from '../check.ts'

/** "Only capacity providers with an ACTIVE or UPDATING status can be used" (Amazon ECS API, CreateService). */
const USABLE: readonly (string | undefined)[] = ['ACTIVE', 'UPDATING']

/** ECS places nothing with a capacity provider that cannot be used. */
export const capacityProvider: Check = {
  name: 'capacity-provider',
  finds: 'a capacity provider in the strategy of the service that does not exist, or that is not active',
  level: 'warning',
  needs: ['ecs:DescribeCapacityProviders'],
  run: ({service, capacity}) =>
    (service?.capacityProviderStrategy ?? []).flatMap(({capacityProvider: reference = ''}) => {
      const name = lastPart(reference)
      if (capacity === undefined) return []
      const provider = capacity.providers.find(known => known.name === name)
      const state = provider === undefined ? 'does not exist' : `is ${provider.status ?? 'in an unknown state'}`
      if (USABLE.includes(provider?.status)) return []
      return [
        {
          message:
            `The capacity provider ${name}, which the service ${service?.serviceName ?? ''} places its tasks with, ${state}: ` +
            'ECS may not place any; create it again, or change the strategy of the service.'
        }
      ]
    })
}
