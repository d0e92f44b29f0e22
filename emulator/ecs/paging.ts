import {invalidParameter} from './errors.ts'

export interface Page<Item> {
  readonly items: Item[]
  /** Absent on the last page. */
  readonly nextToken?: string
}

interface PageRequest {
  readonly nextToken?: string | undefined
  readonly maxResults?: number | undefined
}

/**
 * One page of a list.
 * @param size the page's size without `maxResults`
 * @param largest the most that `maxResults` may ask for
 * @throws AwsError InvalidParameterException for a token or size that cannot be
 */
export function page<Item>(all: readonly Item[], request: PageRequest, size: number, largest = 100): Page<Item> {
  const length = request.maxResults ?? size
  if (length < 1 || length > largest) throw invalidParameter(`maxResults must be between 1 and ${largest}.`)
  const start = request.nextToken === undefined ? 0 : offsetOf(request.nextToken)
  const end = start + length
  return {items: all.slice(start, end), ...(end < all.length ? {nextToken: tokenOf(end)} : {})}
}

function tokenOf(offset: number): string {
  return Buffer.from(`from ${offset}`).toString('base64')
}

function offsetOf(token: string): number {
  const offset = /^from (\d+)$/.exec(Buffer.from(token, 'base64').toString())?.[1]
  if (offset === undefined) throw invalidParameter('Invalid token.')
  return Number(offset)
}
