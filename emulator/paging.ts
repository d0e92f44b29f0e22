import type {AwsError} from './service.ts'

/** One page of a list. */
export interface Page<Item> {
  readonly items: Item[]
  /** Absent on the last page. */
  readonly nextToken?: string
}

/**
 * Cuts a page out of a list.
 * @param length how many items it has at most
 * @param token of the page before, absent for the first page
 * @param invalidToken the service's words for a token that it never gave out
 */
export function pageOf<Item>(
  all: readonly Item[],
  length: number,
  token: string | undefined,
  invalidToken: () => AwsError
): Page<Item> {
  const start = token === undefined ? 0 : offsetOf(token)
  if (start === undefined) throw invalidToken()
  const end = start + length
  return {items: all.slice(start, end), ...(end < all.length && {nextToken: tokenOf(end)})}
}

function tokenOf(offset: number): string {
  return Buffer.from(`from ${offset}`).toString('base64')
}

function offsetOf(token: string): number | undefined {
  const [, offset] = /^from (\d+)$/.exec(Buffer.from(token, 'base64').toString()) ?? []
  return offset === undefined ? undefined : Number(offset)
}
