import {expect, test} from '@jest/globals'
import {consoleUrl, partitionOf} from '../../src/aws/arn.ts'

test.each([
  ['eu-central-1', 'aws', 'https://eu-central-1.console.aws.amazon.com/'],
  ['us-gov-west-1', 'aws-us-gov', 'https://us-gov-west-1.console.amazonaws-us-gov.com/'],
  ['cn-north-1', 'aws-cn', 'https://cn-north-1.console.amazonaws.cn/'],
  ['eusc-de-east-1', 'aws-eusc', 'https://eusc-de-east-1.console.amazonaws-eusc.eu/']
])('the console of %s', (region, partition, host) => {
  const arn = `arn:${partition}:ecs:${region}:111122223333:service-deployment/prod/web/abc`
  expect(partitionOf(region)).toBe(partition)
  expect(consoleUrl(region, 'prod', 'web', arn)).toBe(
    `${host}ecs/v2/clusters/prod/services/web/deployments/abc?region=${region}`
  )
})

test.each([
  ['us-iso-east-1', 'aws-iso'],
  ['us-isob-east-1', 'aws-iso-b'],
  ['eu-isoe-west-1', 'aws-iso-e'],
  ['us-isof-south-1', 'aws-iso-f']
])('no link is better than a wrong one: %s', (region, partition) => {
  expect(partitionOf(region)).toBe(partition)
  expect(consoleUrl(region, 'prod', 'web')).toBeUndefined()
})
