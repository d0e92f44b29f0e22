import {expect, test} from '@jest/globals'
import {adviceForDeployment} from '../../src/why/index.ts'

const BROKEN = 'Service deployment rolled back because of invalid networking configuration'
const HOOK = 'Service deployment rolled back because POST_TEST_TRAFFIC_SHIFT lifecycle hook(s) failed.'
const GREEN = 'arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/web-green/3d0de064be2daa7f'
const RULE = 'arn:aws:elasticloadbalancing:eu-west-1:111122223333:listener-rule/app/web/1/2/3'
const SMOKE = 'arn:aws:lambda:eu-west-1:111122223333:function:smoke-test'
const HOOKS = 'arn:aws:iam::111122223333:role/service/hooks'

test.each([
  [
    `${BROKEN}: Target group ${GREEN} is not associated with either productionListenerRule or testListenerRule.`,
    'Let the production or the test listener rule forward to the target group web-green too, if need be with the weight 0'
  ],
  [
    `${BROKEN}. Both targetGroup and alternateTargetGroup must be associated with the productionListenerRule or testListenerRule.`,
    'Let the production and the test listener rule together forward to both target groups of the service, if need be with the weight 0'
  ],
  [
    `${BROKEN}. productionListenerRule ${RULE} should have exactly one target group serving traffic but found 2 target groups which are serving traffic`,
    `Give all but one target group the weight 0 in the production listener rule ${RULE}: ECS begins with all traffic on one of them`
  ],
  [
    `${BROKEN}. Production listener rule is forwarding traffic to unexpected target group ${GREEN}. Expected traffic to be forwarded to either targetGroupArn: a or alternateTargetGroupArn: b`,
    "Let the production listener rule forward to one of the service's two target groups instead of web-green; where infrastructure code owns the rule, have it ignore the rule's actions, which ECS changes"
  ],
  [
    `${BROKEN}. The target group ${GREEN} does not exist.`,
    'Create the target group web-green again, or give the service another one in its loadBalancers'
  ],
  [
    `${BROKEN}. One or more rules not found`,
    "Give the service's loadBalancers listener rules that exist: productionListenerRule and testListenerRule"
  ],
  [
    `${BROKEN}. ECS was unable to manage the ELB resources due to missing permissions on ECS Infrastructure Role '${HOOKS}'.`,
    'Attach the managed policy AmazonECSInfrastructureRolePolicyForLoadBalancers to the role hooks, which ECS shifts the traffic with'
  ],
  [
    `${HOOK} User: arn:aws:sts::111122223333:assumed-role/infrastructure/ECS is not authorized to perform: elasticloadbalancing:ModifyListener on resource: x`,
    "Attach the managed policy AmazonECSInfrastructureRolePolicyForLoadBalancers to the role in the service's loadBalancers, which ECS shifts the traffic with"
  ],
  [
    `${HOOK} ECS was unable to assume role ${HOOKS}`,
    'Let the role hooks be assumed by ecs.amazonaws.com: its trust policy has to say so'
  ],
  [
    `${HOOK} ECS was unable to invoke hook target ${SMOKE} due to User: x is not authorized to perform: lambda:InvokeFunction on resource: ${SMOKE}`,
    `Allow lambda:InvokeFunction on ${SMOKE} to the role of the hook`
  ],
  [
    `${HOOK} ECS was unable to parse the response from ${SMOKE} due to HookStatus must not be null`,
    'Let the function smoke-test answer {"hookStatus": "SUCCEEDED"}, "FAILED" or "IN_PROGRESS"'
  ],
  [
    `${HOOK} Lifecycle hook target ${SMOKE} returned FAILED status.`,
    'See why the function smoke-test answered FAILED: its log group is /aws/lambda/smoke-test'
  ],
  ['Service deployment rolled back because the circuit breaker threshold was exceeded.', undefined]
])('%s', (reason, advice) => {
  expect(adviceForDeployment(reason)).toBe(advice)
})

test('what AWS quotes stays on one line', () => {
  expect(adviceForDeployment('unable to parse the response from x\n::error::forged due to')).not.toContain('\n')
})
