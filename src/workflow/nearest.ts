/**
 * The known name that was most likely meant: the one that differs in the fewest letters, when those are at most a third
 * of the name. Case does not count.
 * @returns `undefined` when none is near
 */
export function nearest(name: string, known: Iterable<string>): string | undefined {
  const most = Math.max(1, Math.floor(name.length / 3))
  let found: {readonly name: string; readonly far: number} | undefined
  for (const candidate of known) {
    if (Math.abs(candidate.length - name.length) > most) continue
    const far = distance(name.toLowerCase(), candidate.toLowerCase())
    if (far <= most && far < (found?.far ?? Infinity)) found = {name: candidate, far}
  }
  return found?.name
}

/** How many letters have to be added, left out, changed or swapped with their neighbours to make `b` of `a`. */
function distance(a: string, b: string): number {
  let last: readonly number[] = []
  let row: readonly number[] = Array.from({length: b.length + 1}, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const changed = at(row, j - 1) + Number(a[i - 1] !== b[j - 1])
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      const swapped = isSwap ? at(last, j - 2) + 1 : Infinity
      next.push(Math.min(at(row, j) + 1, at(next, j - 1) + 1, changed, swapped))
    }
    last = row
    row = next
  }
  return at(row, b.length)
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Infinity
}
