import {bounded, oneLine} from '../workflow/text.ts'

/** What is said of a reason for which ECS gave a whole deployment up. */
interface Row {
  readonly when: RegExp
  /** What to do, in a sentence without its full stop. @param found what the expression found */
  readonly advice: (...found: readonly string[]) => string
}

const LONGEST = 1000

/**
 * What is known about the reasons of service deployments that are not their tasks': how load balancer, roles and hooks are set
 * up. Sources: the troubleshooting pages of blue/green deployments in the ECS Developer Guide, and texts observed.
 */
const ROWS: readonly Row[] = [
  {
    when: /Target group (\S+) is not associated with either productionListenerRule or testListenerRule/,
    advice: group =>
      `Let the production or the test listener rule forward to the target group ${name(group)} too, if need be with the weight 0`
  },
  {
    when: /Both targetGroup and alternateTargetGroup must be associated/,
    advice: () =>
      'Let the production and the test listener rule together forward to both target groups of the service, if need be with the weight 0'
  },
  {
    when: /productionListenerRule (\S+) should have exactly one target group serving traffic/,
    advice: rule =>
      `Give all but one target group the weight 0 in the production listener rule ${rule}: ECS begins with all traffic on one of them`
  },
  {
    when: /forwarding traffic to unexpected target group (\S+?)\.? /,
    advice: group =>
      `Let the production listener rule forward to one of the service's two target groups instead of ${name(group)}; where infrastructure code owns the rule, have it ignore the rule's actions, which ECS changes`
  },
  {
    when: /target group (\S+) does not exist/i,
    advice: group =>
      `Create the target group ${name(group)} again, or give the service another one in its loadBalancers`
  },
  {
    when: /One or more rules not found/,
    advice: () =>
      "Give the service's loadBalancers listener rules that exist: productionListenerRule and testListenerRule"
  },
  {
    when: /missing permissions on ECS Infrastructure Role '([^']+)'/,
    advice: role => allowLoadBalancing(`the role ${name(role)}`)
  },
  {
    when: /is not authorized to perform: (elasticloadbalancing:\w+)/,
    advice: () => allowLoadBalancing("the role in the service's loadBalancers")
  },
  {
    when: /unable to assume role (\S+)/,
    advice: role => `Let the role ${name(role)} be assumed by ecs.amazonaws.com: its trust policy has to say so`
  },
  {
    when: /unable to invoke hook target (\S+) due to User: .*lambda:InvokeFunction/,
    advice: target => `Allow lambda:InvokeFunction on ${target} to the role of the hook`
  },
  {
    when: /unable to parse the response from (\S+)/,
    advice: target => `Let the function ${name(target)} answer {"hookStatus": "SUCCEEDED"}, "FAILED" or "IN_PROGRESS"`
  },
  {
    when: /Lifecycle hook target (\S+) returned FAILED/,
    advice: target =>
      `See why the function ${name(target)} answered FAILED: its log group is /aws/lambda/${name(target)}`
  }
]

/** What to do about a reason for which ECS gave a deployment up; `undefined` for one that is not known. Pure. */
export function adviceForDeployment(reason: string): string | undefined {
  for (const {when, advice} of ROWS) {
    const found = when.exec(reason)
    if (found !== null) return bounded(oneLine(advice(...found.slice(1))), LONGEST)
  }
  return undefined
}

function allowLoadBalancing(role: string): string {
  return `Attach the managed policy AmazonECSInfrastructureRolePolicyForLoadBalancers to ${role}, which ECS shifts the traffic with`
}

/** The name of a target group, a role or a function, by its ARN. */
function name(arn: string): string {
  const [, group] = /:targetgroup\/([\w-]+)\//.exec(arn) ?? []
  const [, other] = /[:/]([\w+=,.@-]+)$/.exec(arn.replace(/[.:]$/, '')) ?? []
  return group ?? other ?? arn
}
