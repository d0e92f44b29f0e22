import type {ECRClient} from '@aws-sdk/client-ecr'
import type {ECSClient} from '@aws-sdk/client-ecs'

/** The AWS clients of a release, all with the same credentials. */
export interface Aws {
  readonly region: string
  /** The account and the identity that releases, as STS names them; `undefined` where that could not be read. */
  readonly caller: Caller | undefined
  /** For calls that read: retried by the SDK. */
  readonly ecs: ECSClient
  /** For calls that change something: never retried by the SDK, see `change`. */
  readonly ecsChanges: ECSClient
  /** ECR in the repository's own region. */
  ecr(region: string): ECRClient
}

export interface Caller {
  readonly account: string
  readonly arn: string
}
