import type {Log} from '../workflow/log.ts'

const DENIED = new Set(['AccessDeniedException', 'AccessDenied'])

/** Whether AWS refused a call because the caller may not make it. */
export function isDenied(error: unknown): boolean {
  return error instanceof Error && DENIED.has(error.name)
}

/** What a release does without where the call is denied. */
const NOT_CHECKED: Readonly<Record<string, string>> = {
  'codedeploy:GetDeploymentConfig': 'how traffic moves',
  'codedeploy:GetDeploymentTarget': 'lifecycle events and traffic',
  'codedeploy:ListApplications': 'which applications exist',
  'codedeploy:ListDeploymentGroups': 'which deployment groups exist',
  'ecr:BatchGetImage': 'image in ECR',
  'ecr:DescribeRepositories': 'ECR repository',
  'ecr:GetAuthorizationToken': 'whether the image is in ECR',
  'ecr:GetDownloadUrlForLayer': 'build and platform of an image',
  'ecs:DescribeCapacityProviders': 'capacity',
  'ecs:DescribeContainerInstances': 'capacity',
  'ecs:DescribeServiceDeployments': 'details of the deployment',
  'ecs:DescribeTaskDefinition': 'whether there is an identical revision',
  'ecs:DescribeTasks': 'tasks of the deployment',
  'ecs:ListClusters': 'which clusters exist',
  'ecs:ListContainerInstances': 'capacity',
  'ecs:ListServiceDeployments': 'details of the deployment',
  'ecs:ListServices': 'which services exist',
  'ecs:ListTasks': 'tasks of the deployment',
  'elasticloadbalancing:DescribeTargetGroupAttributes': 'how long targets drain',
  'elasticloadbalancing:DescribeTargetGroups': 'health checks of target groups',
  'elasticloadbalancing:DescribeTargetHealth': 'health of targets',
  'logs:GetLogEvents': 'logs of containers',
  'secretsmanager:DescribeSecret': 'whether secrets exist',
  'ssm:DescribeParameters': 'whether parameters exist'
}

/** What each log has been told already. */
const told = new WeakMap<Log, Set<string>>()

/**
 * Makes a call that only helps: where AWS denies it, the release goes on without the answer and the log says so once.
 * @param action the IAM action, such as `ecr:BatchGetImage`
 * @returns the answer, or `undefined` when the caller may not make the call
 */
export async function ifAllowed<T>(log: Log, action: string, call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await call()
  } catch (error) {
    if (!isDenied(error)) throw error
    tellOnce(log, `${NOT_CHECKED[action] ?? action} not checked: missing ${action}`)
    return undefined
  }
}

/** Says a line that concerns the whole release, such as a missing permission, once. */
export function tellOnce(log: Log, line: string): void {
  const lines = told.get(log) ?? new Set()
  if (!lines.has(line)) log.info(line)
  told.set(log, lines.add(line))
}
