import {type Page, pageOf} from '../paging.ts'
import {invalidParameter} from './errors.ts'
import type {EcsVariants} from './variants.ts'

interface PageRequest {
  readonly nextToken?: string | undefined
  readonly maxResults?: number | undefined
}

/**
 * One page of a list of ECS. The words of its errors are this emulator's own: ECS's are not known.
 * @param size the page's size without `maxResults`; that may ask for up to 100
 * @throws AwsError InvalidParameterException for a token or size that cannot be
 */
export function page<Item>(
  all: readonly Item[],
  request: PageRequest,
  size: number,
  {largestPage}: EcsVariants
): Page<Item> {
  const length = request.maxResults ?? size
  if (length < 1 || length > 100) throw invalidParameter('maxResults must be between 1 and 100.')
  return pageOf(all, Math.min(length, largestPage), request.nextToken, () => invalidParameter('Invalid token.'))
}
