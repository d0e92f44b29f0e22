import * as sdk from '@aws-sdk/client-ecs'
import {AwsError, type Operations, operationOf} from '../service.ts'
import {ecsArn, lastPart, type Owner} from './arns.ts'
import {invalidParameter, notPlayed} from './errors.ts'

/** The capacity providers of a region by name: Fargate's are always there. */
export type CapacityProviders = Map<string, sdk.CapacityProvider>

/** Those that every account has. */
export function firstCapacityProviders(owner: Owner): CapacityProviders {
  const fargate = (name: 'FARGATE' | 'FARGATE_SPOT'): sdk.CapacityProvider => {
    const capacityProviderArn = ecsArn(owner, `capacity-provider/${name}`)
    return {capacityProviderArn, name, type: name, status: 'ACTIVE', tags: []}
  }
  return new Map((['FARGATE', 'FARGATE_SPOT'] as const).map(name => [name, fargate(name)]))
}

/** The operations on capacity providers. Which clusters they are associated with is not played: all have all. */
export function capacityProviderOperations(providers: CapacityProviders, owner: Owner): Operations {
  return {
    CreateCapacityProvider: operationOf(
      sdk.CreateCapacityProvider$,
      (input: sdk.CreateCapacityProviderRequest): sdk.CreateCapacityProviderResponse => ({
        capacityProvider: create(providers, owner, input)
      })
    ),
    DescribeCapacityProviders: operationOf(
      sdk.DescribeCapacityProviders$,
      (input: sdk.DescribeCapacityProvidersRequest): sdk.DescribeCapacityProvidersResponse => {
        const names = input.capacityProviders ?? [...providers.keys()]
        return {
          capacityProviders: names.flatMap(name => providers.get(lastPart(name)) ?? []),
          failures: names
            .filter(name => !providers.has(lastPart(name)))
            .map(name => ({arn: ecsArn(owner, `capacity-provider/${lastPart(name)}`), reason: 'MISSING'}))
        }
      }
    )
  }
}

/** @throws AwsError for a name that is taken; for providers without an Auto Scaling group */
function create(
  providers: CapacityProviders,
  owner: Owner,
  {name = '', autoScalingGroupProvider: group}: sdk.CreateCapacityProviderRequest
): sdk.CapacityProvider {
  if (group === undefined) throw notPlayed('A capacity provider without an Auto Scaling group')
  // Which names are refused is documented, the texts are not.
  if (!/^(?!aws|ecs|fargate)[\w-]{1,255}$/i.test(name)) throw invalidParameter('The name is not valid.')
  if (providers.has(name)) throw new AwsError('ClientException', 'A capacity provider with this name exists.')
  const scaling = {
    status: 'DISABLED' as const,
    targetCapacity: 100,
    minimumScalingStepSize: 1,
    maximumScalingStepSize: 10_000,
    instanceWarmupPeriod: 300,
    ...group.managedScaling
  }
  const provider: sdk.CapacityProvider = {
    capacityProviderArn: ecsArn(owner, `capacity-provider/${name}`),
    name,
    type: 'EC2_AUTOSCALING',
    status: 'ACTIVE',
    autoScalingGroupProvider: {managedTerminationProtection: 'DISABLED', ...group, managedScaling: scaling},
    tags: []
  }
  providers.set(name, provider)
  return provider
}
