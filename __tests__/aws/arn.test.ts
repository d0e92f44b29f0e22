import {expect, test} from '@jest/globals'
import {consoleUrl} from '../../src/aws/arn.ts'

test.each([
  ['eu-central-1', 'https://eu-central-1.console.aws.amazon.com/'],
  ['us-gov-west-1', 'https://us-gov-west-1.console.amazonaws-us-gov.com/'],
  ['cn-north-1', 'https://cn-north-1.console.amazonaws.cn/'],
  ['eusc-de-east-1', 'https://eusc-de-east-1.console.amazonaws-eusc.eu/']
])('the console of %s', (region, host) => {
  const arn = `arn:aws:ecs:${region}:111122223333:service-deployment/prod/web/abc`
  expect(consoleUrl(region, 'prod', 'web', arn)).toBe(
    `${host}ecs/v2/clusters/prod/services/web/deployments/abc?region=${region}`
  )
})
