/** A statement of an IAM policy. */
export interface Statement {
  readonly action: string | readonly string[]
  readonly resource: string | readonly string[]
  readonly condition?: Readonly<Record<string, Readonly<Record<string, string>>>>
}

/** An IAM policy statement as JSON to paste. */
export function policyStatement({action, resource, condition}: Statement): string {
  return JSON.stringify(
    {Effect: 'Allow', Action: action, Resource: resource, ...(condition && {Condition: condition})},
    undefined,
    2
  )
}

/** The statement that lets a release pass `role` to the tasks it registers. */
export function passRoleStatement(role: string): string {
  return policyStatement({
    action: 'iam:PassRole',
    resource: role,
    condition: {StringEquals: {'iam:PassedToService': 'ecs-tasks.amazonaws.com'}}
  })
}
