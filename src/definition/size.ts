/** A task's CPU in units from `1024`, `1 vCPU` or `.5vcpu`; `undefined` when it is none of these. Source: API reference. */
export function cpuUnits(text: string): number | undefined {
  return amount(text, /^(\d*\.?\d+)\s*vcpus?$/i)
}

/** A task's memory in MiB from `2048`, `2 GB` or `0.5GB`; `undefined` when it is none of these. Source: API reference. */
export function memoryMebibytes(text: string): number | undefined {
  return amount(text, /^(\d*\.?\d+)\s*gb$/i)
}

/** A whole number as it is, or 1024 times what `large` matches. */
function amount(text: string, large: RegExp): number | undefined {
  const trimmed = text.trim()
  if (/^\d+$/.test(trimmed)) return Number(trimmed)
  const number = large.exec(trimmed)?.[1]
  return number === undefined ? undefined : Math.round(Number(number) * 1024)
}
