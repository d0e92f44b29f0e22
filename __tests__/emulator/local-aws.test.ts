import {GetAuthorizationTokenCommand, ECRClient} from '@aws-sdk/client-ecr'
import {DescribeServicesCommand, ECSClient, UpdateServiceCommand, type Service} from '@aws-sdk/client-ecs'
import {expect, test} from '@jest/globals'
import {SteppedClock} from '../../emulator/clock.ts'
import {createLocalAws} from '../../emulator/local-aws.ts'
import {seed} from '../../emulator/seed.ts'
import {defaultStart, staticCredentials} from '../../emulator/server.ts'

/** The seeded service after a deployment, with all ids and times; Docker signs in so many times meanwhile. */
async function history(logins: number, seedOfIds?: number): Promise<Service> {
  const clock = new SteppedClock(defaultStart)
  const local = await createLocalAws({clock, ...(seedOfIds !== undefined && {seed: seedOfIds})})
  const {emulator} = local
  const client = {endpoint: emulator.url, region: emulator.region, credentials: staticCredentials}
  const ecs = new ECSClient(client)
  const ecr = new ECRClient(client)
  try {
    await seed(local)
    clock.advance(clock.now() + 600_000)
    for (let login = 0; login < logins; login += 1) await ecr.send(new GetAuthorizationTokenCommand({}))
    await ecs.send(new UpdateServiceCommand({cluster: 'demo', service: 'web', forceNewDeployment: true}))
    clock.advance(clock.now() + 600_000)
    const {services = []} = await ecs.send(new DescribeServicesCommand({cluster: 'demo', services: ['web']}))
    expect(emulator.defects).toEqual([])
    return services[0] ?? {}
  } finally {
    ecs.destroy()
    ecr.destroy()
    await emulator.close()
  }
}

test('the ids and times of ECS are the same each time, however often the registry is asked', async () => {
  const once = await history(0)
  expect(once.deployments).toMatchObject([{status: 'PRIMARY', rolloutState: 'COMPLETED', runningCount: 2}])
  expect(once.events?.length).toBeGreaterThan(4)
  expect(await history(3)).toEqual(once)
})

test('another seed gives other ids at the same times', async () => {
  const [one, two] = [await history(0, 1), await history(0, 2)]
  expect(two.deployments?.[0]?.id).not.toBe(one.deployments?.[0]?.id)
  expect(two.events?.map(({createdAt}) => createdAt)).toEqual(one.events?.map(({createdAt}) => createdAt))
})

test.each(['BLUE_GREEN', 'LINEAR', 'CANARY'] as const)(
  'the seeded service is deployed by %s within ten minutes',
  async strategy => {
    const clock = new SteppedClock(defaultStart)
    const local = await createLocalAws({clock})
    const {emulator} = local
    const ecs = new ECSClient({endpoint: emulator.url, region: emulator.region, credentials: staticCredentials})
    try {
      await seed(local, strategy)
      clock.advance(clock.now() + 600_000)
      const {services = []} = await ecs.send(new DescribeServicesCommand({cluster: 'demo', services: ['web']}))
      expect(services).toMatchObject([
        {deploymentConfiguration: {strategy}, deployments: [{rolloutState: 'COMPLETED'}]}
      ])
    } finally {
      ecs.destroy()
      await emulator.close()
    }
  }
)
