import {DescribeTargetGroupsCommand} from '@aws-sdk/client-elastic-load-balancing-v2'
import type {NodeHttpHandler} from '@smithy/node-http-handler'
import {afterEach, expect, test} from '@jest/globals'
import {createEmulator, staticCredentials} from '../../emulator/server.ts'
import {type Aws, connect} from '../../src/aws/clients.ts'
import {testWorld} from '../image/support.ts'

const NAMES = ['AWS_ENDPOINT_URL', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'] as const

afterEach(() => {
  for (const name of NAMES) Reflect.deleteProperty(process.env, name)
})

function limits({config}: Pick<Aws['ecs'] | Aws['elb'], 'config'>): unknown {
  return (config.requestHandler as NodeHttpHandler).httpHandlerConfigs()
}

test('load balancers are asked once, and not waited for', async () => {
  const emulator = await createEmulator()
  const {accessKeyId, secretAccessKey} = staticCredentials
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: emulator.url,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey
  })
  const wanted = {awsRegion: emulator.region, cluster: 'prod', roleToAssume: undefined}
  const job = {repository: 'acme/shop', runId: '1', attempt: 1}
  const {elb, ecs} = await connect(wanted, job, testWorld({}))
  emulator.faults.set([{service: 'elasticloadbalancing', fault: {kind: 'server-error'}}])
  await expect(elb.send(new DescribeTargetGroupsCommand({}))).rejects.toThrow()
  const asked = emulator.journal.entries().filter(({operation}) => operation === 'DescribeTargetGroups')
  expect(asked).toHaveLength(1)
  expect(limits(elb)).toMatchObject({connectionTimeout: 3000, requestTimeout: 3000})
  expect(limits(ecs)).toMatchObject({connectionTimeout: 5000, requestTimeout: 20_000})
  elb.destroy()
  ecs.destroy()
  await emulator.close()
})
