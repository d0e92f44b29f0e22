import {GetAuthorizationTokenCommand} from '@aws-sdk/client-ecr'
import type {Aws} from '../aws/clients.ts'
import {Failure} from '../workflow/failure.ts'
import type {World} from '../world.ts'

/** The right to push to and pull from the registries of a region, for twelve hours. */
export interface Authorization {
  /** Host of the caller's own registry, with its port. */
  readonly host: string
  /** `user:password` in base64, as a Docker configuration keeps it. */
  readonly token: string
}

/**
 * Gets the authorization for the registries of a region. One token is good for every registry that the caller may use,
 * those of other accounts included; it is hidden from the log before anything else happens to it.
 * @throws the SDK's error
 */
export async function authorize(region: string, aws: Aws, world: World): Promise<Authorization> {
  const answer = await aws.ecr(region).send(new GetAuthorizationTokenCommand({}), {abortSignal: world.signal})
  const [{authorizationToken, proxyEndpoint} = {}] = answer.authorizationData ?? []
  if (authorizationToken === undefined || proxyEndpoint === undefined) {
    throw new Failure(`ECR in ${region} answered without an authorization token: run the job again.`)
  }
  world.log.hide(authorizationToken)
  const decoded = Buffer.from(authorizationToken, 'base64').toString()
  world.log.hide(decoded.slice(decoded.indexOf(':') + 1))
  return {host: new URL(proxyEndpoint).host, token: authorizationToken}
}
