import * as sdk from '@aws-sdk/client-elastic-load-balancing-v2'
import {pageOf} from './paging.ts'
import type {ListenerRule} from './listener-rules.ts'
import {AwsError, operationOf, type AwsService, type Call} from './service.ts'
import type {RegisteredTarget, TargetGroup, TargetGroups} from './target-groups.ts'

/** Elastic Load Balancing v2, as far as a release looks at it: target groups, their attributes, the health of targets, and rules. */
export function createElbv2(groups: TargetGroups): AwsService {
  return {
    name: 'elasticloadbalancing',
    protocol: {
      kind: 'query',
      version: '2015-12-01',
      xmlNamespace: 'http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/'
    },
    operations: {
      DescribeTargetGroups: operationOf(
        sdk.DescribeTargetGroups$,
        (input: sdk.DescribeTargetGroupsInput, call): sdk.DescribeTargetGroupsOutput =>
          describeTargetGroups(groups, input, call)
      ),
      DescribeTargetGroupAttributes: operationOf(
        sdk.DescribeTargetGroupAttributes$,
        (input: sdk.DescribeTargetGroupAttributesInput, call): sdk.DescribeTargetGroupAttributesOutput => ({
          Attributes: attributes(find(groups, input.TargetGroupArn, call))
        })
      ),
      DescribeTargetHealth: operationOf(
        sdk.DescribeTargetHealth$,
        (input: sdk.DescribeTargetHealthInput, call): sdk.DescribeTargetHealthOutput =>
          describeTargetHealth(groups, input, call)
      ),
      DescribeRules: operationOf(
        sdk.DescribeRules$,
        (input: sdk.DescribeRulesInput, call): sdk.DescribeRulesOutput => ({Rules: describeRules(groups, input, call)})
      )
    }
  }
}

/** The groups of the region that is asked. */
function groupsOf(groups: TargetGroups, {region}: Call): readonly TargetGroup[] {
  return groups.all().filter(({arn}) => arn.split(':')[3] === region)
}

/** @throws AwsError TargetGroupNotFound */
function find(groups: TargetGroups, arn: string | undefined, call: Call): TargetGroup {
  const group = groupsOf(groups, call).find(candidate => candidate.arn === arn)
  if (group === undefined) throw notFound()
  return group
}

function notFound(): AwsError {
  return new AwsError('TargetGroupNotFound', 'One or more target groups not found')
}

/** Pages of up to 400. The words for a bad page are this emulator's own: ELB's are not known. */
function describeTargetGroups(
  groups: TargetGroups,
  input: sdk.DescribeTargetGroupsInput,
  call: Call
): sdk.DescribeTargetGroupsOutput {
  const wanted = groupsOf(groups, call).filter(group => isWanted(group, input))
  const asked = (input.TargetGroupArns?.length ?? 0) + (input.Names?.length ?? 0)
  if (wanted.length < asked) throw notFound()
  const {PageSize = 400, Marker} = input
  if (PageSize < 1 || PageSize > 400) throw new AwsError('ValidationError', 'PageSize must be between 1 and 400')
  const {items, nextToken} = pageOf(wanted, PageSize, Marker, () => new AwsError('ValidationError', 'Invalid marker'))
  return {TargetGroups: items.map(answer), ...(nextToken !== undefined && {NextMarker: nextToken})}
}

function isWanted(group: TargetGroup, input: sdk.DescribeTargetGroupsInput): boolean {
  if (input.LoadBalancerArn !== undefined) return group.loadBalancerArns.includes(input.LoadBalancerArn)
  if (input.TargetGroupArns !== undefined) return input.TargetGroupArns.includes(group.arn)
  return input.Names?.includes(group.name) ?? true
}

function answer(group: TargetGroup): sdk.TargetGroup {
  return {
    TargetGroupArn: group.arn,
    TargetGroupName: group.name,
    Protocol: 'HTTP',
    ProtocolVersion: 'HTTP1',
    Port: group.port,
    VpcId: 'vpc-0123456789abcdef0',
    TargetType: group.targetType,
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
function describeTargetHealth(
  groups: TargetGroups,
  input: sdk.DescribeTargetHealthInput,
  call: Call
): sdk.DescribeTargetHealthOutput {
  const group = find(groups, input.TargetGroupArn, call)
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
function describe({target, health}: RegisteredTarget): sdk.TargetHealthDescription {
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

function notRegistered(target: sdk.TargetDescription, port: number): sdk.TargetHealthDescription {
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

/** The rules of a listener, or those asked for. Neither pages nor conditions are played. @throws AwsError RuleNotFound */
function describeRules(groups: TargetGroups, input: sdk.DescribeRulesInput, call: Call): sdk.Rule[] {
  const {RuleArns: asked, ListenerArn: listener} = input
  const found = rulesOf(groups, call)
    .filter(({arn, listenerArn}) => arn !== listenerArn)
    .filter(rule => asked?.includes(rule.arn) ?? rule.listenerArn === listener)
  if (found.length < (asked?.length ?? 0)) throw new AwsError('RuleNotFound', 'One or more rules not found')
  return found.map(rule => ({RuleArn: rule.arn, Actions: [action(rule)], IsDefault: false}))
}

function rulesOf(groups: TargetGroups, {region}: Call): readonly ListenerRule[] {
  return groups.rules.all().filter(({arn}) => arn.split(':')[3] === region)
}

function action({forwards}: ListenerRule): sdk.Action {
  const targetGroups = forwards.map(({targetGroupArn, weight}) => ({TargetGroupArn: targetGroupArn, Weight: weight}))
  return {Type: 'forward', ForwardConfig: {TargetGroups: targetGroups}}
}
