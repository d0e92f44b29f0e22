import type {CodeDeployGroup} from '../../aws/codedeploy.ts'
import type {Trouble} from '../trouble.ts'
import {later} from './changes.ts'
import {readySince, terminatingSince} from './lifecycle.ts'
import type {CodeDeploySnapshot} from './snapshot.ts'

/** In milliseconds: after the end, until it is believed; after a change, near the end and while it rolls back; else. */
const CONFIRMING = 1_000
const QUICK = 2_000
const CALM = 4_000
/** While AWS throttles. */
const THROTTLED = 8_000
/** After a change another one is likely to follow within this time; so long around its end a wait may be over. */
const LIVELY = 20_000
const AROUND = 30_000

interface Paced {
  readonly seen: CodeDeploySnapshot | undefined
  readonly group: CodeDeployGroup | undefined
  readonly changedAt: Date
  readonly trouble: Trouble | undefined
}

/** How long to wait before the next look, in milliseconds. Pure. */
export function pace({seen, group, changedAt, trouble}: Paced, now: Date): number {
  if (trouble?.kind === 'throttled') return trouble.alike.reads > 2 ? THROTTLED : CALM
  const {deployment} = seen ?? {}
  const isOver = ['Failed', 'Stopped'].includes(deployment?.status ?? '')
  if (isOver && deployment?.rollbackId === undefined) return CONFIRMING
  const ends = [
    seen && later(terminatingSince(seen), group?.terminationMinutes),
    seen && later(readySince(seen), group?.readyMinutes)
  ].filter(end => end !== undefined)
  const isNear = ends.some(end => Math.abs(end.getTime() - now.getTime()) <= AROUND)
  const isLively = isOver || trouble !== undefined || now.getTime() - changedAt.getTime() < LIVELY
  return isNear || isLively ? QUICK : CALM
}
