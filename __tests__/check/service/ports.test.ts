import type {Service} from '@aws-sdk/client-ecs'
import {describe, expect, test} from '@jest/globals'
import {connectProtocol, portName, serviceContainer, servicePort} from '../../../src/check/service/ports.ts'
import {container, fargate, messages, situation} from '../situation.ts'

const balanced = (containerName: string, containerPort: number): Service => ({
  loadBalancers: [
    {
      targetGroupArn: 'arn:aws:elasticloadbalancing:eu-central-1:111122223333:targetgroup/web-blue/0123456789abcdef',
      containerName,
      containerPort
    }
  ]
})

const registered = (containerName?: string, containerPort?: number): Service => ({
  serviceRegistries: [
    {registryArn: 'arn:aws:servicediscovery:eu-central-1:111122223333:service/srv-1', containerName, containerPort}
  ]
})

describe('service-container', () => {
  test('a container that the load balancer names and the definition does not have', () => {
    const [found] = serviceContainer.run(situation({service: balanced('web', 8080)}))
    expect(found).toEqual({
      path: ['containerDefinitions'],
      message:
        'The service web sends the requests of web-blue to the container `web`, but the definition (task-definition.json, ' +
        'line 10) has only `app`: ECS refuses the update, so call the container `web`, or change the service.',
      fix: '"name": "web"'
    })
  })

  test('one that the service registry names', () => {
    const definition = fargate({containerDefinitions: [container(), container({name: 'proxy'})]})
    expect(messages(serviceContainer, situation({definition, service: registered('web', 8080)}))).toEqual([
      'The service web registers in srv-1 the container `web`, but the definition (task-definition.json, line 10) has `app` ' +
        'and `proxy`: ECS refuses the update, so call the container `web`, or change the service.'
    ])
  })

  test('nothing where it is there, where none is named, or without a service', () => {
    expect(messages(serviceContainer, situation({service: balanced('app', 8080)}))).toEqual([])
    expect(messages(serviceContainer, situation({service: registered()}))).toEqual([])
    expect(messages(serviceContainer, situation({service: null}))).toEqual([])
  })
})

describe('service-port', () => {
  test('a port that the load balancer sends to and the container does not map', () => {
    expect(servicePort.run(situation({service: balanced('app', 80)}))).toEqual([
      {
        path: ['containerDefinitions', 0, 'portMappings'],
        message:
          'The service web sends the requests of web-blue to the port 80 of the container `app`, which ' +
          '`containerDefinitions[0].portMappings` (task-definition.json, line 14) does not have: ECS refuses the update, so ' +
          'map the port.',
        fix: '"portMappings": [{"containerPort": 80}]'
      }
    ])
  })

  test('one of another container', () => {
    const proxy = container({name: 'proxy', portMappings: [{containerPort: 80}]})
    const definition = fargate({containerDefinitions: [container(), proxy]})
    expect(messages(servicePort, situation({definition, service: registered('app', 80)}))).toHaveLength(1)
  })

  test('nothing where it is mapped, or may be in a range', () => {
    const range = fargate({containerDefinitions: [container({portMappings: [{containerPortRange: '80-90'}]})]})
    expect(messages(servicePort, situation({service: balanced('app', 8080)}))).toEqual([])
    expect(messages(servicePort, situation({definition: range, service: balanced('app', 85)}))).toEqual([])
    expect(messages(servicePort, situation({service: registered('app')}))).toEqual([])
    // Another check says that there is no such container.
    expect(messages(servicePort, situation({service: balanced('web', 80)}))).toEqual([])
  })
})

const connected = (...names: string[]): Service => ({
  deployments: [
    {status: 'ACTIVE', serviceConnectConfiguration: {enabled: true, services: [{portName: 'old'}]}},
    {
      status: 'PRIMARY',
      serviceConnectConfiguration: {enabled: true, services: names.map(name => ({portName: name}))}
    }
  ]
})

const named = (name: string, appProtocol?: string) =>
  fargate({
    containerDefinitions: [
      container({portMappings: [{containerPort: 8080, name, ...(appProtocol !== undefined && {appProtocol})}]})
    ]
  })

describe('port-name', () => {
  test('a port name of Service Connect or VPC Lattice that no port mapping has', () => {
    expect(portName.run(situation({service: connected('web')}))).toEqual([
      {
        path: ['containerDefinitions', 0, 'portMappings', 0],
        message:
          'The service web offers the port `web` by Service Connect, but no port mapping in the definition ' +
          '(task-definition.json, line 15) has that name: ECS refuses the update, so name the port mapping.',
        fix: '"name": "web"'
      }
    ])
    const role = 'arn:aws:iam::111122223333:role/lattice'
    const lattice: Service = {
      deployments: [
        {status: 'PRIMARY', vpcLatticeConfigurations: [{portName: 'api', roleArn: role, targetGroupArn: 'arn'}]}
      ]
    }
    expect(messages(portName, situation({definition: named('web'), service: lattice}))[0]).toMatch(
      /^The service web offers the port `api` by VPC Lattice, /
    )
  })

  test('nothing where it has it, or Service Connect is off', () => {
    const off: Service = {
      deployments: [{status: 'PRIMARY', serviceConnectConfiguration: {enabled: false, services: [{portName: 'web'}]}}]
    }
    expect(messages(portName, situation({definition: named('web'), service: connected('web')}))).toEqual([])
    expect(messages(portName, situation({service: connected()}))).toEqual([])
    expect(messages(portName, situation({service: off}))).toEqual([])
  })
})

describe('service-connect-protocol', () => {
  const running = (json: ReturnType<typeof fargate>) => ({arn: '', status: 'ACTIVE', tags: [], json})

  test('another protocol than the service runs with', () => {
    const changed = {definition: named('web', 'http2'), service: connected('web'), running: running(named('web'))}
    expect(messages(connectProtocol, situation(changed))).toEqual([
      '`containerDefinitions[0].portMappings[0].appProtocol` (task-definition.json, line 18) makes `http2` of `tcp` for the ' +
        'port `web` that the service web offers by Service Connect: it cannot be changed, so keep it, or use another port name.'
    ])
  })

  test('nothing for the same, for ports that are not offered, or where it is not known what runs', () => {
    const http = named('web', 'http')
    const seen = {definition: http, service: connected('web')}
    expect(messages(connectProtocol, situation({...seen, running: running(http)}))).toEqual([])
    expect(messages(connectProtocol, situation({...seen, running: running(named('api', 'grpc'))}))).toEqual([])
    expect(messages(connectProtocol, situation(seen))).toEqual([])
    expect(
      messages(connectProtocol, situation({...seen, service: connected(), running: running(named('web'))}))
    ).toEqual([])
  })
})
