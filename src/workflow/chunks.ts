/** The items in their order, at most `size` at a time: what a call of AWS takes. */
export function chunksOf<T>(items: readonly T[], size: number): T[][] {
  return Array.from({length: Math.ceil(items.length / size)}, (_, index) =>
    items.slice(index * size, (index + 1) * size)
  )
}
