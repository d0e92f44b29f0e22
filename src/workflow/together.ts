import {asOne, failuresIn} from './failure.ts'

/**
 * Waits until all work that was started side by side has ended, then throws what failed: all failures of the user's at once,
 * in the order given. The same mistakes always give the same message, and nothing goes on behind a release that has failed.
 * @throws Failures when there are several; the first error that is none of the user's goes before them
 */
export async function together<T extends readonly Promise<unknown>[] | []>(
  work: T
): Promise<{-readonly [K in keyof T]: Awaited<T[K]>}> {
  const errors = (await Promise.allSettled(work)).flatMap(result =>
    result.status === 'rejected' ? [result.reason as unknown] : []
  )
  const defect = errors.find(error => failuresIn(error) === undefined)
  if (defect !== undefined)
    throw defect instanceof Error ? defect : new Error('Something that is no error was thrown', {cause: defect})
  const failure = asOne(errors.flatMap(error => failuresIn(error) ?? []))
  if (failure !== undefined) throw failure
  return Promise.all(work)
}
