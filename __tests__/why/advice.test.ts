import {expect, test} from '@jest/globals'
import {ADVICE} from '../../src/why/advice.ts'
import {inShort} from '../../src/why/describe.ts'
import {isFromOutside, notPlaced} from '../../src/why/explain.ts'
import {nothingKnown, surroundings} from './support.ts'

/** Texts as ECS, the container runtime and Elastic Load Balancing have them; what is said in short, and what to do. */
const CASES: readonly (readonly [text: string, short: string, advice: RegExp])[] = [
  [
    "CannotPullContainerError: pull image manifest has been retried 7 time(s): image Manifest does not contain descriptor matching platform 'linux/arm64'",
    'the image is not for linux/arm64',
    /^Build the image for linux\/arm64 \(input `platforms`\), or set runtimePlatform\.cpuArchitecture of web:2 /
  ],
  [
    'CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to copy: toomanyrequests: Too Many Requests or You have reached your pull rate limit',
    'the registry limits pulls',
    /pull the image 111122223333\.dkr\.\S+\/web:v1 more often .* repositoryCredentials/
  ],
  [
    'CannotPullContainerError: pull image manifest has been retried 7 time(s): failed to resolve ref 111122223333.dkr.ecr.eu-central-1.amazonaws.com/web:v9: not found',
    'the image does not exist',
    /^Check that the image \S+\/web:v9 is there: .* lifecycle policy/
  ],
  [
    'CannotPullContainerError: write /var/lib/docker/tmp/GetImageBlob123456: no space left on device',
    'a disk is full',
    /larger volume/
  ],
  [
    'CannotCreateContainerError: API error (500): devmapper: Thin Pool has 4350 free data blocks which is less than minimum required 4454 free data blocks. Create more free space in thin pool or use dm.min_free_space option to change behavior',
    'a disk is full',
    /larger volume/
  ],
  [
    'CannotPullContainerError: pull image manifest has been retried 1 time(s): unexpected status code 403 Forbidden',
    'the image may not be pulled',
    /^Let the execution role web-execution pull the image \S+\/web:v1: it needs ecr:GetAuthorizationToken/
  ],
  [
    "CannotPullContainerError: Error response from daemon: pull access denied for 111122223333.dkr.ecr.eu-central-1.amazonaws.com/web, repository does not exist or may require 'docker login'",
    'the image may not be pulled',
    /^Let the execution role web-execution pull the image 111122223333\S+\/web: /
  ],
  [
    "The task can't pull the image. Check that the role has the permissions to pull images from the registry.",
    'the image may not be pulled',
    /execution role web-execution/
  ],
  [
    'CannotPullContainerError: ref pull has been retried 1 time(s): failed to copy: httpReaderSeeker: failed open: unexpected status code https://prod-eu-central-1-starport-layer-bucket.s3.eu-central-1.amazonaws.com/x: 403 Forbidden',
    'the layers of the image cannot be downloaded',
    /S3: the subnets subnet-1 and subnet-2 must have a NAT gateway or the VPC endpoints for S3/
  ],
  [
    'CannotPullContainerError: pull image manifest has been retried 5 time(s): failed to resolve ref 111122223333.dkr.ecr.eu-central-1.amazonaws.com/web:v1: failed to do request: Head "https://111122223333.dkr.ecr.eu-central-1.amazonaws.com/v2/web/manifests/v1": dial tcp 10.0.1.5:443: i/o timeout',
    'the registry cannot be reached',
    /the subnets subnet-1 and subnet-2 must have a NAT gateway .*the security group sg-1 must let port 443 out/
  ],
  ['CannotPullContainerError: context canceled', 'the registry cannot be reached', /VPC endpoints ecr\.api, ecr\.dkr/],
  [
    "The task cannot pull '111122223333.dkr.ecr.eu-central-1.amazonaws.com/web:v1' from the Amazon ECR repository 'web'. There is a connection issue between the task and Amazon ECR. Check your task network configuration.",
    'the registry cannot be reached',
    /VPC endpoints ecr\.api, ecr\.dkr/
  ],
  [
    'ResourceInitializationError: unable to pull secrets or registry auth: The task cannot pull registry authentication from Amazon ECR. There is a connection issue between the task and Amazon ECR. Check your task network configuration.',
    'the registry cannot be reached',
    /VPC endpoints ecr\.api, ecr\.dkr/
  ],
  [
    'ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secret from asm: service call has been retried 1 time(s): failed to fetch secret arn:aws:secretsmanager:eu-central-1:111122223333:secret:web-db from secrets manager: AccessDeniedException: User: arn:aws:sts::111122223333:assumed-role/web-execution/x is not authorized to perform: secretsmanager:GetSecretValue on resource: arn:aws:secretsmanager:eu-central-1:111122223333:secret:web-db because no identity-based policy allows the secretsmanager:GetSecretValue action',
    'the execution role may not secretsmanager:GetSecretValue',
    /^Allow secretsmanager:GetSecretValue on arn:aws:secretsmanager:\S+:secret:web-db to the execution role web-execution, not to the task role/
  ],
  [
    'ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secrets from ssm: service call has been retried 1 time(s): AccessDeniedException: User: arn:aws:sts::111122223333:assumed-role/web-execution/x is not authorized to perform: ssm:GetParameters on resource: arn:aws:ssm:eu-central-1:111122223333:parameter/web because no identity-based policy allows the ssm:GetParameters action',
    'the execution role may not ssm:GetParameters',
    /^Allow ssm:GetParameters on arn:aws:ssm:\S+:parameter\/web to the execution role web-execution/
  ],
  [
    "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secret from asm: service call has been retried 1 time(s): failed to fetch secret from secrets manager: ResourceNotFoundException: Secrets Manager can't find the specified secret.",
    'a secret does not exist',
    /PASSWORD \(arn:\S+:secret:web-db\)\.$/
  ],
  [
    "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secret from asm: service call has been retried 1 time(s): invalid character 'p' in literal true (expecting 'r')",
    'a secret is not JSON',
    /JSON object/
  ],
  [
    'ResourceInitializationError: failed to initialize logging driver: failed to create Cloudwatch log stream: ResourceNotFoundException: The specified log group does not exist.',
    'the log group does not exist',
    /^Create the log group \/ecs\/web in eu-central-1, or set `"awslogs-create-group": "true"` .* the execution role web-execution/
  ],
  [
    'ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: failed to create Cloudwatch log stream: : signal: killed',
    'the log driver does not start',
    /^Check that the log group \/ecs\/web in eu-central-1 exists, .*VPC endpoints logs/
  ],
  [
    'ResourceInitializationError: failed to invoke EFS utils commands to set up EFS volumes: stderr: mount.nfs4: Connection timed out : unsuccessful EFS utils command execution; code: 32',
    'an EFS file system cannot be mounted',
    /^The EFS file system fs-1 needs a mount target .* port 2049 from the security group sg-1/
  ],
  [
    'ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secret from asm: service call has been retried 5 time(s): failed to fetch secret: RequestError: send request failed caused by: Post "https://secretsmanager.eu-central-1.amazonaws.com/": dial tcp 10.0.0.9:443: i/o timeout',
    'an AWS service cannot be reached',
    /the subnets subnet-1 and subnet-2 must have a NAT gateway or the VPC endpoints .*secretsmanager/
  ],
  [
    'There is a connection issue between the task and AWS Secrets Manager. Check your task network configuration.',
    'an AWS service cannot be reached',
    /assignPublicIp ENABLED/
  ],
  [
    "Unexpected EC2 error while attempting to Create Network Interface with public IP assignment enabled in subnet 'subnet-0123456789abcdef0'",
    'there is no network interface for the task',
    /the subnet subnet-0123456789abcdef0, and use a larger subnet or several; or the account's quota of network interfaces/
  ],
  [
    'Timeout waiting for network interface provisioning to complete.',
    'there is no network interface for the task',
    /the subnets subnet-1 and subnet-2\.$/
  ],
  [
    'Unable to attach network interface to unused device index',
    'the instance has no network interface left',
    /the cluster prod/
  ],
  [
    'CannotStartContainerError: Error response from daemon: exec format error',
    'the image is for another platform',
    /^The image \S+\/web:v1 was built for another architecture than linux\/amd64: build it for that \(input `platforms`\)/
  ],
  [
    'CannotStartContainerError: Error response from daemon: failed to create shim task: OCI runtime create failed: exec: "node": executable file not found in $PATH: unknown',
    'the command node is not in the image',
    /^Put node into the image, or correct `command` and `entryPoint`/
  ],
  [
    'DockerTimeoutError: Could not transition to started; timed out after waiting 3m0s',
    'the container runtime takes too long',
    /disk/
  ],
  [
    'ContainerRuntimeTimeoutError: Could not transition to running; timed out after waiting 3m0s',
    'the container runtime takes too long',
    /disk/
  ],
  [
    'TaskDependencyError: Task dependencies cannot be resolved, taskArn: arn:aws:ecs:eu-central-1:111122223333:task/prod/1',
    'the dependencies of the containers cannot be resolved',
    /`dependsOn` in web:2/
  ],
  [
    'was unable to place a task because no container instance met all of its requirements. Reason: No Container Instances were found in your cluster.',
    'there are no container instances',
    /^Start container instances in the cluster prod /
  ],
  [
    'was unable to reach steady state. Reason: No Container Instances were found in your capacity provider.',
    'there are no container instances',
    /or run the service on Fargate\.$/
  ],
  [closest('has insufficient CPU units available'), 'no instance has enough CPU', /^A task asks for 256 CPU units: /],
  [
    closest('has insufficient memory available'),
    'no instance has enough memory',
    /^A task asks for 512 MiB of memory: /
  ],
  ['RESOURCE:MEMORY', 'no instance has enough memory', /^A task asks for 512 MiB of memory: /],
  [
    closest('is already using a port required by your task'),
    'no instance has the port free',
    /the host port 8080 once/
  ],
  [closest("doesn't have the agent connected"), "the instance's agent is not connected", /cluster prod/],
  [closest('encountered error "AGENT"'), "the instance's agent is not connected", /ecs-agent\.log/],
  [
    'Timed out waiting for Amazon ECS Agent to start. Please check logs at /var/log/ecs/ecs-agent.log".',
    "the instance's agent is not connected",
    /must run and reach ECS/
  ],
  [
    closest('encountered error "MemberOf placement constraint unsatisfied."'),
    'no instance meets the placement constraints',
    /its placement constraints \(memberOf attribute:disk == ssd\)/
  ],
  [
    closest('is missing an attribute required by your task'),
    'no instance has the attributes that the task needs',
    /requiresAttributes of web:2/
  ],
  [
    closest('encountered error "LOCATION"'),
    'no instance is in an Availability Zone of the task',
    /the cluster prod in the Availability Zones of the subnets subnet-1 and subnet-2, or subnets/
  ],
  ['LOCATION', 'no instance is in an Availability Zone of the task', /the cluster prod/],
  [closest('encountered error "RESOURCE:ENI"'), 'no instance has a network interface left', /awsvpcTrunking/],
  ['RESOURCE:GPU', 'no instance has a GPU left', /GPUs to the cluster prod/],
  [
    "was unable to place a task. Reason: You've reached the limit on the number of tasks you can run concurrently.",
    "the account's quota of tasks is used up",
    /Fargate quota of tasks in Service Quotas/
  ],
  [
    "was unable to place a task. Reason: You've reached the limit on the number of vCPUs you can run concurrently.",
    "the account's quota of vCPUs is used up",
    /Fargate quota of vCPUs in Service Quotas/
  ],
  [
    'was unable to place a task. Reason: The requested MEMORY configuration is above your limit.',
    'the account may not run tasks of so much memory',
    /`cpu` and `memory` in web:2/
  ],
  [
    'was unable to place a task. Reason: Capacity is unavailable at this time. Please try again later or in a different availability zone.',
    'Fargate has no capacity',
    /the subnets subnet-1 and subnet-2/
  ],
  ['was unable to place a task. Reason: Internal error.', 'ECS has an internal error', /Availability Zones/],
  [
    "failed to launch a task with (error ECS was unable to assume the role 'arn:aws:iam::111122223333:role/web-task' that was provided for this task. Please verify that the role being passed has the proper trust relationship and permissions and that your IAM user has permissions to pass this role.).",
    'ECS cannot assume a role of the task',
    /^Let ecs-tasks\.amazonaws\.com assume arn:aws:iam::111122223333:role\/web-task /
  ],
  [
    'was unable to stop or start tasks during a deployment because of the service deployment configuration. Update the minimumHealthyPercent or maximumPercent value and try again.',
    'the percentages leave no room for a deployment',
    /\(100 and 200 now, with 2 wanted\)/
  ],
  [
    'was unable to reach steady state because (taskSet ecs-svc/2222) was unable to scale in due to (reason 2 tasks under protection)',
    'tasks are protected',
    /UpdateTaskProtection/
  ],
  [
    'was unable to place tasks in your cluster because the tasks provisioning capacity limit was exceeded.',
    'too many tasks wait for capacity',
    /the cluster prod/
  ],
  [
    'task set (ecs-svc/2222) (task 0123) is not healthy in target-group (arn:x) due to TARGET GROUP IS NOT FOUND.',
    'the target group is gone',
    /target group that exists/
  ],
  [
    'failed to describe target health on target-group web with (error User: arn:aws:sts::111122223333:assumed-role/ecs/x is not authorized to perform: elasticloadbalancing:DescribeTargetHealth because no identity-based policy allows it)',
    'ECS may not elasticloadbalancing:DescribeTargetHealth',
    /^Allow elasticloadbalancing:DescribeTargetHealth to ECS's service-linked role/
  ],
  [
    'IAM permissions policies have been misconfigured or changed, and ECS can no longer maintain your service',
    'ECS may not manage the service any more',
    /AWSServiceRoleForECS/
  ],
  [
    'failed to launch a task with (error TaskDefinition is inactive).',
    'the revision was deregistered',
    /deregistered web:2/
  ],
  ['could not launch 2 tasks for deployment ecs-svc/2222.', 'some tasks could not be started', /the cluster prod/],
  [
    'OutOfMemoryError: Container killed due to memory usage',
    'a container ran out of memory',
    /^Raise `memory` in web:2 /
  ],
  [
    'Health checks failed with these codes: [503]',
    "the load balancer's health check gets 503",
    /answers the health check with 503: .* healthCheckGracePeriodSeconds\.$/
  ],
  ['Request timed out', "the load balancer's health check gets no answer", /let the security group sg-1 take the port/],
  [
    'Target is in an Availability Zone that is not enabled for the load balancer',
    'the load balancer is not in the Availability Zone of the task',
    /^Enable the Availability Zone/
  ],
  ['Health checks failed', "the load balancer's health check fails", /compare the port and the protocol/],
  [
    'Task failed ELB health checks in (target-group arn:aws:elasticloadbalancing:eu-central-1:111122223333:targetgroup/web/0123456789abcdef)',
    "the load balancer's health check fails",
    /the security group sg-1 takes its port/
  ],
  ['Task failed container health checks', "a container's health check fails", /startPeriod/],
  ['Your Spot Task was interrupted.', 'Spot capacity was taken back', /base of FARGATE/],
  [
    'Host EC2 (instance i-0123456789abcdef0) terminated.',
    'the instance i-0123456789abcdef0 is gone',
    /starts another task/
  ],
  ['Container instance deregistration forced by user', 'its container instance was deregistered', /draining/],
  [
    'ECS is performing maintenance on the underlying infrastructure hosting the task',
    'AWS retires its host',
    /starts another task/
  ],
  ['Task stopped by user', 'somebody stopped it', /CloudTrail/]
]

function closest(lacks: string): string {
  return `was unable to place a task because no container instance met all of its requirements. The closest matching (container-instance 01234567-89ab-cdef-0123-456789abcdef) ${lacks}.`
}

test.each(CASES)('%s', (text, short, advice) => {
  const failure = notPlaced(text, surroundings)
  expect(inShort(failure)).toBe(short)
  expect(failure.advice).toMatch(advice)
})

/** What is said of images from other registries: nothing of ECR. */
test.each([
  [
    'CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref docker.io/acme/web:v1: pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed',
    'Check the name and the tag of the image docker.io/acme/web:v1; if it is private, give the container repositoryCredentials, a secret that the execution role web-execution may read.'
  ],
  [
    "CannotPullContainerError: Error response from daemon: pull access denied for acme/web, repository does not exist or may require 'docker login'",
    'Check the name and the tag of the image acme/web; if it is private, give the container repositoryCredentials, a secret that the execution role web-execution may read.'
  ],
  [
    'CannotPullContainerError: pull image manifest has been retried 5 time(s): failed to resolve ref docker.io/library/nginx:1: failed to do request: Head "https://registry-1.docker.io/v2/library/nginx/manifests/1": dial tcp 10.0.0.9:443: i/o timeout',
    'There is no way to the registry: the subnets subnet-1 and subnet-2 must have a NAT gateway (or, if public, assignPublicIp ENABLED), and the security group sg-1 must let port 443 out.'
  ],
  [
    'CannotPullContainerError: Get "https://registry-1.docker.io/v2/": net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)',
    'There is no way to the registry: the subnets subnet-1 and subnet-2 must have a NAT gateway (or, if public, assignPublicIp ENABLED), and the security group sg-1 must let port 443 out.'
  ],
  [
    'CannotPullContainerError: pull image manifest has been retried 7 time(s): failed to resolve ref docker.io/library/nginx:none: not found',
    'Check that the image docker.io/library/nginx:none is there, with exactly this tag or digest.'
  ]
])('outside ECR: %s', (text, advice) => {
  expect(notPlaced(text, surroundings).advice).toBe(advice)
})

test.each([
  ['secretsmanager:GetSecretValue', true],
  ['ssm:GetParameters', true],
  ['ecr:GetAuthorizationToken', false],
  ['kms:Decrypt', false]
])('%s: a key of its own is named: %s', (action, expected) => {
  const text = `ResourceInitializationError: unable to pull secrets or registry auth: AccessDeniedException: User: x is not authorized to perform: ${action} on resource: *`
  expect(notPlaced(text, surroundings).advice?.includes('kms:Decrypt too')).toBe(expected)
})

test.each([
  [{operatingSystemFamily: 'WINDOWS_SERVER_2022_CORE', cpuArchitecture: 'X86_64'}, 'windows/amd64'],
  [{cpuArchitecture: 'ARM64'}, 'linux/arm64'],
  [{}, 'linux/amd64']
] as const)('the platform of %j is %s', (runtimePlatform, expected) => {
  const taskDefinition = {...surroundings.taskDefinition, runtimePlatform}
  expect(notPlaced('exec format error', {...surroundings, taskDefinition}).advice).toContain(`than ${expected}: `)
})

test('there is a text for each row', () => {
  const told = new Set(CASES.map(([text]) => ADVICE.find(({when}) => when.test(text))))
  expect(ADVICE.filter(row => !told.has(row)).map(({when}) => String(when))).toEqual([])
})

test('what another release has to put right is told from what is outside of it', () => {
  const inside = CASES.filter(([text]) => !isFromOutside(notPlaced(text, surroundings))).map(([, short]) => short)
  expect([...new Set(inside)]).toEqual([
    'the image is not for linux/arm64',
    'the image does not exist',
    'the image is for another platform',
    'the command node is not in the image',
    'the dependencies of the containers cannot be resolved',
    'a container ran out of memory',
    "the load balancer's health check gets 503",
    "the load balancer's health check gets no answer",
    "the load balancer's health check fails",
    "a container's health check fails"
  ])
})

test('advice is a sentence, with and without the settings that it names', () => {
  for (const [text] of CASES) {
    for (const known of [surroundings, nothingKnown]) {
      expect(notPlaced(text, known).advice).toMatch(/^[A-Z"`][^\n]*[^.]\.$/)
      expect(notPlaced(text, known).advice).not.toMatch(/undefined|\[object|NaN/)
    }
  }
})

test('nothing is said of a text that is not known', () => {
  const failure = notPlaced('was unable to place a task. Reason: The moon is in the wrong house.', surroundings)
  expect(failure.advice).toBeUndefined()
  expect(inShort(failure)).toBe('was unable to place a task. Reason: The moon is in the wrong house')
})
