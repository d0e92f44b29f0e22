import type {EmulatorClock} from '../clock.ts'
import {pageOf, type Page} from '../paging.ts'
import type {Call} from '../service.ts'
import type {EcrBehaviour} from './behaviour.ts'
import type {LayerLinks} from './links.ts'
import type {Repositories} from './repositories.ts'
import type {Repository} from './repository.ts'
import {invalidParameter, required} from './settings.ts'
import type {AuthorizationTokens} from './tokens.ts'

/** What the operations of ECR share. */
export interface EcrState {
  readonly clock: EmulatorClock
  readonly registryHost: () => string
  readonly scheme: 'http' | 'https'
  readonly repositories: Repositories
  readonly tokens: AuthorizationTokens
  readonly links: LayerLinks
  readonly behaviour: EcrBehaviour
}

/**
 * The repository that a request is about, if the caller may do with it what the operation is named for.
 * @throws AwsError RepositoryNotFoundException, AccessDeniedException, InvalidParameterException without a name
 */
export function openRepository(
  {repositories}: EcrState,
  input: {registryId?: string | undefined; repositoryName?: string | undefined},
  {caller, region, operation}: Call
): Repository {
  const name = required(input.repositoryName, 'repositoryName')
  return repositories.open({account: input.registryId ?? caller.account, region, name}, caller, `ecr:${operation}`)
}

/**
 * One page of a list of ECR: 100 items unless the request says otherwise, at most 1000.
 * @throws AwsError InvalidParameterException for a token or size that cannot be; the words are this emulator's own
 */
export function pageOfList<Item>(
  all: readonly Item[],
  {maxResults = 100, nextToken}: {maxResults?: number | undefined; nextToken?: string | undefined}
): Page<Item> {
  if (maxResults < 1 || maxResults > 1000) throw invalidParameter('maxResults', 'must be between 1 and 1000')
  return pageOf(all, maxResults, nextToken, () => invalidParameter('nextToken', 'must be the token of another page'))
}
