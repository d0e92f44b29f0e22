import {
  DescribeTargetGroupAttributesInput$,
  DescribeTargetGroupAttributesOutput$,
  DescribeTargetGroupsInput$,
  DescribeTargetGroupsOutput$,
  DescribeTargetHealthInput$,
  DescribeTargetHealthOutput$,
  type DescribeTargetGroupAttributesInput,
  type DescribeTargetGroupAttributesOutput,
  type DescribeTargetGroupsInput,
  type DescribeTargetGroupsOutput,
  type DescribeTargetHealthInput,
  type DescribeTargetHealthOutput,
  type TargetDescription,
  type TargetGroup as TargetGroupAnswer,
  type TargetHealthDescription
} from '@aws-sdk/client-elastic-load-balancing-v2'
import {AwsError, operation, type AwsService} from './service.ts'
import type {RegisteredTarget, TargetGroup, TargetGroups} from './target-groups.ts'

/** Elastic Load Balancing v2, as far as a release looks at it: target groups, their attributes, the health of targets. */
export function createElbv2(groups: TargetGroups): AwsService {
  return {
    name: 'elasticloadbalancing',
    protocol: {
      kind: 'query',
      version: '2015-12-01',
      xmlNamespace: 'http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/'
    },
    operations: {
      DescribeTargetGroups: operation<DescribeTargetGroupsInput, DescribeTargetGroupsOutput>(
        DescribeTargetGroupsInput$,
        DescribeTargetGroupsOutput$,
        input => describeTargetGroups(groups, input)
      ),
      DescribeTargetGroupAttributes: operation<DescribeTargetGroupAttributesInput, DescribeTargetGroupAttributesOutput>(
        DescribeTargetGroupAttributesInput$,
        DescribeTargetGroupAttributesOutput$,
        input => ({Attributes: attributes(find(groups, input.TargetGroupArn ?? ''))})
      ),
      DescribeTargetHealth: operation<DescribeTargetHealthInput, DescribeTargetHealthOutput>(
        DescribeTargetHealthInput$,
        DescribeTargetHealthOutput$,
        input => describeTargetHealth(groups, input)
      )
    }
  }
}

/** @throws AwsError TargetGroupNotFound */
function find(groups: TargetGroups, arn: string): TargetGroup {
  const group = groups.get(arn)
  if (group === undefined) throw notFound()
  return group
}

function notFound(): AwsError {
  return new AwsError('TargetGroupNotFound', 'One or more target groups not found')
}

/** Pages of up to 400; the marker is the ARN that comes next. */
function describeTargetGroups(groups: TargetGroups, input: DescribeTargetGroupsInput): DescribeTargetGroupsOutput {
  const wanted = groups.all().filter(group => isWanted(group, input))
  const asked = (input.TargetGroupArns?.length ?? 0) + (input.Names?.length ?? 0)
  if (wanted.length < asked) throw notFound()
  const start = input.Marker === undefined ? 0 : wanted.findIndex(group => group.arn === input.Marker)
  if (start < 0) throw new AwsError('ValidationError', 'Invalid marker')
  const end = start + (input.PageSize ?? 400)
  const next = wanted[end]
  return {TargetGroups: wanted.slice(start, end).map(answer), ...(next !== undefined && {NextMarker: next.arn})}
}

function isWanted(group: TargetGroup, input: DescribeTargetGroupsInput): boolean {
  if (input.LoadBalancerArn !== undefined) return group.loadBalancerArns.includes(input.LoadBalancerArn)
  if (input.TargetGroupArns !== undefined) return input.TargetGroupArns.includes(group.arn)
  return input.Names?.includes(group.name) ?? true
}

function answer(group: TargetGroup): TargetGroupAnswer {
  return {
    TargetGroupArn: group.arn,
    TargetGroupName: group.name,
    Protocol: 'HTTP',
    ProtocolVersion: 'HTTP1',
    Port: group.port,
    VpcId: 'vpc-0123456789abcdef0',
    TargetType: 'ip',
    IpAddressType: 'ipv4',
    HealthCheckProtocol: 'HTTP',
    HealthCheckPort: 'traffic-port',
    HealthCheckEnabled: true,
    HealthCheckPath: group.healthCheckPath,
    HealthCheckIntervalSeconds: group.healthCheckIntervalSeconds,
    HealthCheckTimeoutSeconds: group.healthCheckTimeoutSeconds,
    HealthyThresholdCount: group.healthyThresholdCount,
    UnhealthyThresholdCount: group.unhealthyThresholdCount,
    Matcher: {HttpCode: group.matcher},
    LoadBalancerArns: [...group.loadBalancerArns]
  }
}

function attributes(group: TargetGroup): {Key: string; Value: string}[] {
  return [
    {Key: 'deregistration_delay.timeout_seconds', Value: String(group.deregistrationDelaySeconds)},
    {Key: 'slow_start.duration_seconds', Value: '0'},
    {Key: 'stickiness.enabled', Value: 'false'},
    {Key: 'load_balancing.algorithm.type', Value: 'round_robin'}
  ]
}

/** Without `Targets` all registered ones; an asked one that is not registered is `unused`. */
function describeTargetHealth(groups: TargetGroups, input: DescribeTargetHealthInput): DescribeTargetHealthOutput {
  const group = find(groups, input.TargetGroupArn ?? '')
  const registered = groups.health(group.arn)
  if (input.Targets === undefined) return {TargetHealthDescriptions: registered.map(describe)}
  const descriptions = input.Targets.map(target => {
    const port = target.Port ?? group.port
    const match = registered.find(({target: known}) => known.id === target.Id && known.port === port)
    return match === undefined ? notRegistered(target, port) : describe(match)
  })
  return {TargetHealthDescriptions: descriptions}
}

/** A healthy target carries a state only. */
function describe({target, health}: RegisteredTarget): TargetHealthDescription {
  return {
    Target: {
      Id: target.id,
      Port: target.port,
      ...(target.availabilityZone !== undefined && {AvailabilityZone: target.availabilityZone})
    },
    HealthCheckPort: String(target.port),
    TargetHealth: {
      State: health.state,
      ...(health.reason !== undefined && {Reason: health.reason}),
      ...(health.description !== undefined && {Description: health.description})
    }
  }
}

function notRegistered(target: TargetDescription, port: number): TargetHealthDescription {
  return {
    Target: {Id: target.Id, Port: port},
    HealthCheckPort: String(port),
    TargetHealth: {
      State: 'unused',
      Reason: 'Target.NotRegistered',
      Description: 'Target is not registered to the target group'
    }
  }
}
