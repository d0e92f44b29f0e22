/** Whose resources they are. */
export interface Owner {
  readonly region: string
  /** 12 digits. */
  readonly account: string
}

/** The ARN of an ECS resource; `path` is what follows the account, such as `service/prod/web`. */
export function ecsArn(owner: Owner, path: string): string {
  return `arn:aws:ecs:${owner.region}:${owner.account}:${path}`
}

/** The last part of an ARN or of a path, a plain name as it is. */
export function lastPart(arnOrName: string): string {
  return arnOrName.slice(arnOrName.lastIndexOf('/') + 1)
}

/** Whether a cluster, service, family, container or volume can have this name. */
export function isResourceName(name: string): boolean {
  return /^[\w-]{1,255}$/.test(name)
}
