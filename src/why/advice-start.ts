import type {AdviceRow} from './advice.ts'
import {isFromEcr, pulledImage, rightToPull, wayToRegistry} from './registry.ts'
import {
  cluster,
  executionRole,
  fileSystems,
  image,
  logGroup,
  platform,
  revision,
  secrets,
  securityGroups,
  subnets,
  wayTo
} from './settings.ts'

/** Where text tells that there was no way to a service. */
const NO_WAY =
  '(?:dial tcp|i/o timeout|TLS handshake timeout|Client\\.Timeout exceeded|context deadline exceeded|context canceled|signal: killed|connection issue)'

/** Why a task does not start: its image, its secrets, its log, its volumes, its network, its command. */
export const START: readonly AdviceRow[] = [
  {
    when: /does not contain descriptor matching platform '([^']+)'/,
    inRelease: true,
    member: {of: 'definition', name: 'runtimePlatform'},
    short: ({found: [, wanted = '']}) => `the image is not for ${wanted}`,
    advice: facts => {
      const wanted = facts.found[1] ?? platform(facts)
      return `Build the image for ${wanted} (input \`platforms\`), or set runtimePlatform.cpuArchitecture of ${revision(facts)} to what the image is for.`
    }
  },
  {
    when: /toomanyrequests|pull rate limit/i,
    member: {of: 'container', name: 'image'},
    short: () => 'the registry limits pulls',
    advice: facts =>
      `The registry lets nobody pull ${image(facts)} more often for now: keep a copy in ECR (a pull-through cache), or give the container repositoryCredentials.`
  },
  {
    when: /failed to resolve ref\b.*: not found/,
    inRelease: true,
    member: {of: 'container', name: 'image'},
    short: () => 'the image does not exist',
    advice: facts =>
      isFromEcr(facts)
        ? `Check that ${pulledImage(facts)} is there: it must have been pushed with exactly this tag or digest to this account and region, and no lifecycle policy may have removed it.`
        : `Check that ${pulledImage(facts)} is there, with exactly this tag or digest.`
  },
  {
    when: /no space left on device|devmapper: Thin Pool has \S+ free data blocks/,
    short: () => 'a disk is full',
    advice: () =>
      'Free the disk of the container instance, or give it a larger volume; on Fargate, raise ephemeralStorage.'
  },
  {
    when: /httpReaderSeeker: failed open/,
    short: () => 'the layers of the image cannot be downloaded',
    advice: facts =>
      `${isFromEcr(facts) ? 'ECR keeps layers in S3' : 'Layers may come from another host than the registry'}: ${wayToRegistry(facts, 'for S3 (a gateway), ecr.api and ecr.dkr')}.`
  },
  {
    when: /CannotPull\w*Error.*(?:403 Forbidden|pull access denied)|can't pull the image\. Check that the role has the permissions/,
    member: {of: 'definition', name: 'executionRoleArn'},
    short: () => 'the image may not be pulled',
    advice: rightToPull
  },
  {
    when: new RegExp(
      `CannotPull\\w*Error.*${NO_WAY}|cannot pull '[^']+' from the Amazon ECR repository|registry authentication from Amazon ECR`
    ),
    short: () => 'the registry cannot be reached',
    advice: facts =>
      `There is no way to the registry: ${wayToRegistry(facts, 'ecr.api, ecr.dkr, logs and for S3 (a gateway)')}.`
  },
  {
    when: /ResourceInitializationError.* is not authorized to perform: ([\w-]+:\w+)(?: on resource: (\S+))?/,
    member: {of: 'definition', name: 'executionRoleArn'},
    short: ({found: [, action = '']}) => `the execution role may not ${action}`,
    advice: facts => {
      const [, action = '', resource] = facts.found
      const on = resource === undefined ? '' : ` on ${resource}`
      const key = /^(?:secretsmanager|ssm):/.test(action)
        ? '; a secret with a key of its own needs kms:Decrypt too'
        : ''
      return `Allow ${action}${on} to ${executionRole(facts)}, not to the task role${key}.`
    }
  },
  {
    when: /Secrets Manager can't find the specified secret/,
    member: {of: 'container', name: 'secrets'},
    short: () => 'a secret does not exist',
    advice: facts => `Create the secret, or correct \`secrets\` in the task definition: ${secrets(facts)}.`
  },
  {
    when: /unable to pull secrets.*invalid character .+/,
    member: {of: 'container', name: 'secrets'},
    short: () => 'a secret is not JSON',
    advice: facts =>
      `A reference with a key (\`…:key::\`) needs a secret that is a JSON object: correct its value, or take the key out of \`valueFrom\`: ${secrets(facts)}.`
  },
  {
    when: /specified log group does not exist/,
    member: {of: 'container', name: 'logConfiguration'},
    short: () => 'the log group does not exist',
    advice: facts =>
      `Create ${logGroup(facts)}, or set \`"awslogs-create-group": "true"\` in the logConfiguration and allow logs:CreateLogGroup to ${executionRole(facts)}.`
  },
  {
    when: /failed to validate logger args|failed to initialize logging driver/,
    member: {of: 'container', name: 'logConfiguration'},
    short: () => 'the log driver does not start',
    advice: facts =>
      `Check that ${logGroup(facts)} exists, and that there is a way to CloudWatch Logs: ${wayTo(facts, 'logs')}.`
  },
  {
    when: /failed to invoke EFS utils commands/,
    member: {of: 'definition', name: 'volumes'},
    short: () => 'an EFS file system cannot be mounted',
    advice: facts =>
      `${fileSystems(facts)} needs a mount target in the Availability Zone of ${subnets(facts)} whose security group takes port 2049 from ${securityGroups(facts)}, DNS in the VPC, and, with IAM, elasticfilesystem:ClientMount for the task role.`
  },
  {
    when: new RegExp(
      `(?:ResourceInitializationError|unable to (?:pull secrets|get registry auth)).*${NO_WAY}|There is a connection issue between the task and`
    ),
    short: () => 'an AWS service cannot be reached',
    advice: facts =>
      `There is no way to what the task starts with: ${wayTo(facts, 'ecr.api, ecr.dkr, logs, secretsmanager, ssm and for S3 (a gateway)')}.`
  },
  {
    when: /attempting to Create Network Interface(?:.* in subnet '([^']+)')?/,
    short: () => 'there is no network interface for the task',
    advice: facts =>
      `Look for free addresses in ${facts.found[1] === undefined ? subnets(facts) : `the subnet ${facts.found[1]}`}, and use a larger subnet or several; or the account's quota of network interfaces is used up (Service Quotas, VPC).`
  },
  {
    when: /Timeout waiting for network interface provisioning/,
    short: () => 'there is no network interface for the task',
    advice: facts => `ECS tries again; if it goes on, look for free addresses in ${subnets(facts)}.`
  },
  {
    when: /Unable to attach network interface to unused device index/,
    short: () => 'the instance has no network interface left',
    advice: facts =>
      `The container instance has all network interfaces it can have: add instances to ${cluster(facts)}, or turn on awsvpcTrunking.`
  },
  {
    when: /exec format error/,
    inRelease: true,
    member: {of: 'definition', name: 'runtimePlatform'},
    short: () => 'the image is for another platform',
    advice: facts =>
      `${image(facts).replace('the', 'The')} was built for another architecture than ${platform(facts)}: build it for that (input \`platforms\`), or set runtimePlatform.cpuArchitecture of ${revision(facts)}; a script needs its \`#!\` line.`
  },
  {
    when: /exec: "([^"]*)"[^]*executable file not found/,
    inRelease: true,
    member: {of: 'container', name: 'command'},
    short: ({found: [, command = '']}) => `the command ${command} is not in the image`,
    advice: facts =>
      `Put ${facts.found[1] ?? 'the command'} into the image, or correct \`command\` and \`entryPoint\`${facts.container?.name === undefined ? '' : ` of the container ${facts.container.name}`}.`
  },
  {
    when: /(?:DockerTimeoutError|ContainerRuntimeTimeoutError): Could not transition to (\w+)/,
    short: () => 'the container runtime takes too long',
    advice: () => 'Look at the disk and the load of the host: a smaller image or a faster disk helps; ECS tries again.'
  },
  {
    when: /TaskDependencyError|Task dependencies cannot be resolved/,
    inRelease: true,
    member: {of: 'definition', name: 'containerDefinitions'},
    short: () => 'the dependencies of the containers cannot be resolved',
    advice: facts => `Correct \`dependsOn\` in ${revision(facts)}: a container waits for one that never gets there.`
  }
]
