/**
 * Waits until all work that was started side by side has ended, then throws the first failure in the order given: the
 * same mistakes always give the same message, and nothing goes on behind a release that has failed.
 */
export async function together<T extends readonly Promise<unknown>[] | []>(
  work: T
): Promise<{-readonly [K in keyof T]: Awaited<T[K]>}> {
  await Promise.allSettled(work)
  return Promise.all(work)
}
