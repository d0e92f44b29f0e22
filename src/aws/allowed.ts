import type {Log} from '../workflow/log.ts'

const DENIED = new Set(['AccessDeniedException', 'AccessDenied', 'UnauthorizedOperation'])

/** Whether AWS refused a call because the caller may not make it. */
export function isDenied(error: unknown): boolean {
  return error instanceof Error && DENIED.has(error.name)
}

/**
 * Makes a call that only helps: where AWS denies it, the release goes on without the answer and the log says so.
 * @param action the IAM action, such as `ecr:BatchGetImage`
 * @returns the answer, or `undefined` when the caller may not make the call
 */
export async function ifAllowed<T>(log: Log, action: string, call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await call()
  } catch (error) {
    if (!isDenied(error)) throw error
    log.info(`not checked: missing ${action}`)
    return undefined
  }
}
