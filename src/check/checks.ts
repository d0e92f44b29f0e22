import type {Check} from './check.ts'

/** Everything that is looked for, in the order in which it is documented. */
export const CHECKS: readonly Check[] = []
