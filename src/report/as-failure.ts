import {explain} from '../aws/explain.ts'
import {Failure} from '../workflow/failure.ts'
import {oneLine} from '../workflow/text.ts'

/** Failures are for users; anything else is a defect of this action and says so, with what is needed to report it. */
export function asFailure(error: unknown): Failure {
  if (error instanceof Failure) return error
  if (error instanceof Error && '$metadata' in error) return explain(error, 'releasing')
  if (isSystemError(error)) return systemFailure(error)
  const stack = error instanceof Error ? (error.stack ?? '').split('\n').slice(1) : []
  return new Failure(`This is a defect of ecs-release, please report it: ${String(error)}`, {
    lines: stack,
    cause: error
  })
}

/** An error of the operating system, such as ENOSPC; Node's own codes, such as ERR_INVALID_ARG_TYPE, are of defects. */
function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error && /^E[A-Z0-9]+$/.test(String(error.code))
}

const ADVICE: Readonly<Record<string, string>> = {
  ENOSPC: 'free some space on its disk before this step, or use a larger runner',
  E2BIG: 'the inputs and the environment of this step are too long for a command, so shorten them',
  EACCES: 'give its user the right to do that',
  EROFS: 'let the job write there'
}

function systemFailure(error: NodeJS.ErrnoException): Failure {
  const advice = ADVICE[error.code ?? ''] ?? 'check that, and run the job again'
  const what = `The runner's system refused something the release needs (${oneLine(error.message)})`
  return new Failure(`${what}: ${advice}.`, {cause: error})
}
