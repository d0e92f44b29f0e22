import type {AdviceRow} from './advice.ts'
import {cluster, constraints, hostPorts, revision, size, subnets} from './settings.ts'

/** Why a task is not placed. */
export const PLACEMENT: readonly AdviceRow[] = [
  {
    when: /No Container Instances were found in your (cluster|capacity provider)|NO ACTIVE INSTANCES|EMPTY CAPACITY PROVIDER/,
    short: () => 'there are no container instances',
    advice: facts => {
      const provider = facts.service?.capacityProviderStrategy?.[0]?.capacityProvider
      const where = provider === undefined ? cluster(facts) : `the capacity provider ${provider}`
      return `Start container instances in ${where} and see that their agents register with ${cluster(facts)}, or run the service on Fargate.`
    }
  },
  {
    when: /has insufficient CPU units available|RESOURCE:CPU/,
    member: {of: 'definition', name: 'cpu'},
    short: () => 'no instance has enough CPU',
    advice: facts =>
      `A task asks for ${size(facts, 'cpu')}: add container instances to ${cluster(facts)}, lower \`cpu\`, or let old tasks go first (minimumHealthyPercent below 100).`
  },
  {
    when: /has insufficient memory available|RESOURCE:MEMORY/,
    member: {of: 'definition', name: 'memory'},
    short: () => 'no instance has enough memory',
    advice: facts =>
      `A task asks for ${size(facts, 'memory')}: add container instances to ${cluster(facts)}, lower \`memory\`, or let old tasks go first (minimumHealthyPercent below 100).`
  },
  {
    when: /is already using a port required by your task|RESOURCE:PORTS/,
    member: {of: 'definition', name: 'containerDefinitions'},
    short: () => 'no instance has the port free',
    advice: facts =>
      `Each instance has ${hostPorts(facts)} once: use hostPort 0 (a port is chosen) or awsvpc, add instances, or let old tasks go first (minimumHealthyPercent 50).`
  },
  {
    when: /doesn't have the agent connected|\bAGENT\b|Timed out waiting for Amazon ECS Agent to start/,
    short: () => "the instance's agent is not connected",
    advice: facts =>
      `Look at the ECS agent of the container instance in ${cluster(facts)} (/var/log/ecs/ecs-agent.log): it must run and reach ECS.`
  },
  {
    when: /MemberOf placement constraint unsatisfied/,
    member: {of: 'definition', name: 'placementConstraints'},
    short: () => 'no instance meets the placement constraints',
    advice: facts =>
      `Compare ${constraints(facts)} with the attributes of the container instances in ${cluster(facts)}.`
  },
  {
    when: /is missing an attribute required by your task|\bATTRIBUTE\b/,
    short: () => 'no instance has the attributes that the task needs',
    advice: facts =>
      `Compare requiresAttributes of ${revision(facts)} with the attributes of the container instances in ${cluster(facts)}: an older agent, another architecture or a log driver that is not enabled lacks some.`
  },
  {
    when: /\bLOCATION\b/,
    short: () => 'no instance is in an Availability Zone of the task',
    advice: facts =>
      `Add container instances to ${cluster(facts)} in the Availability Zones of ${subnets(facts)}, or subnets where there are some.`
  },
  {
    when: /RESOURCE:ENI/,
    short: () => 'no instance has a network interface left',
    advice: facts =>
      `Add container instances to ${cluster(facts)}, or turn on awsvpcTrunking for more tasks an instance.`
  },
  {
    when: /RESOURCE:GPU/,
    short: () => 'no instance has a GPU left',
    advice: facts => `Add container instances with GPUs to ${cluster(facts)}.`
  },
  {
    when: /You've reached the limit on the number of (tasks|vCPUs) you can run concurrently/,
    short: ({found: [, what = '']}) => `the account's quota of ${what} is used up`,
    advice: ({found: [, what = 'vCPUs']}) =>
      `Stop ${what === 'tasks' ? 'other tasks' : 'what else runs on Fargate'}, or ask for a higher Fargate quota of ${what} in Service Quotas.`
  },
  {
    when: /The requested (CPU|MEMORY) configuration is above your limit/,
    member: {of: 'definition', name: 'cpu'},
    short: ({found: [, what = '']}) => `the account may not run tasks of so much ${what === 'CPU' ? 'CPU' : 'memory'}`,
    advice: facts =>
      `Lower \`cpu\` and \`memory\` in ${revision(facts)}, or ask for a higher Fargate quota in Service Quotas.`
  },
  {
    when: /Capacity is unavailable at this time|RESOURCE:FARGATE/,
    short: () => 'Fargate has no capacity',
    advice: facts =>
      `AWS has no room for the task at the moment: run the job again later, or add subnets of other Availability Zones to ${subnets(facts)}.`
  },
  {
    when: /unable to place a task\. Reason: Internal error/,
    short: () => 'ECS has an internal error',
    advice: facts =>
      `Run the job again; if it stays, check that Fargate is offered in the Availability Zones of ${subnets(facts)}.`
  },
  {
    when: /unable to assume the role '([^']+)'/,
    short: () => 'ECS cannot assume a role of the task',
    advice: ({found: [, role = '']}) =>
      `Let ecs-tasks.amazonaws.com assume ${role} in the trust policy of that role (sts:AssumeRole), and check that the role exists.`
  },
  {
    when: /because of the service deployment configuration\. Update the minimumHealthyPercent or maximumPercent/,
    short: () => 'the percentages leave no room for a deployment',
    advice: ({service}) => {
      const {minimumHealthyPercent, maximumPercent} = service?.deploymentConfiguration ?? {}
      const now =
        minimumHealthyPercent === undefined || maximumPercent === undefined
          ? ''
          : ` (${minimumHealthyPercent} and ${maximumPercent} now, with ${service?.desiredCount ?? 0} wanted)`
      return `Lower minimumHealthyPercent or raise maximumPercent of the service${now}, so that a task may go or one more may come.`
    }
  },
  {
    when: /\(reason \d+ tasks under protection\)/,
    short: () => 'tasks are protected',
    advice: () => 'Wait until the tasks have ended their protection, or take it from them (ecs:UpdateTaskProtection).'
  },
  {
    when: /tasks provisioning capacity limit was exceeded/,
    short: () => 'too many tasks wait for capacity',
    advice: facts =>
      `A cluster holds 500 tasks in PROVISIONING: see why the capacity providers of ${cluster(facts)} start no instances.`
  },
  {
    when: /TARGET (?:GROUP )?IS NOT FOUND/,
    short: () => 'the target group is gone',
    advice: () => 'The target group or the target was deleted: give the service a target group that exists.'
  },
  {
    when: /is not authorized to perform: (elasticloadbalancing:\w+)/,
    short: ({found: [, action = '']}) => `ECS may not ${action}`,
    advice: ({found: [, action = ''], service}) =>
      `Allow ${action} to ${service?.roleArn === undefined ? "ECS's service-linked role" : service.roleArn}, with which ECS manages the load balancer.`
  },
  {
    when: /IAM (?:permissions policies have|trust relationship has) been misconfigured/,
    short: () => 'ECS may not manage the service any more',
    advice: ({service}) =>
      `Restore the policies of ${service?.roleArn ?? "ECS's service-linked role (AWSServiceRoleForECS)"}.`
  },
  {
    when: /TaskDefinition is inactive/,
    short: () => 'the revision was deregistered',
    advice: facts => `Somebody deregistered ${revision(facts)}: run the job again, which registers another revision.`
  },
  {
    when: /could not launch \d+ tasks for deployment/,
    short: () => 'some tasks could not be started',
    advice: facts => `There is room for a part of the tasks only: look for CPU and memory in ${cluster(facts)}.`
  }
]
