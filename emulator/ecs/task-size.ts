const steps = (from: number, to: number, step: number): number[] =>
  Array.from({length: (to - from) / step + 1}, (_, index) => from + index * step)

/** The memory in MiB that Fargate offers for each CPU size in units (ECS developer guide, task size). */
const fargateSizes: Readonly<Record<number, readonly number[]>> = {
  256: [512, 1024, 2048],
  512: steps(1024, 4096, 1024),
  1024: steps(2048, 8192, 1024),
  2048: steps(4096, 16384, 1024),
  4096: steps(8192, 30720, 1024),
  8192: steps(16384, 61440, 4096),
  16384: steps(32768, 122880, 8192),
  32768: [61440, 122880, 249856]
}

/** The sizes that Fargate has for Windows as well, in CPU units. */
const windowsSizes = [1024, 2048, 4096]

/** Whether Fargate has tasks of this size; CPU in units, memory in MiB. */
export function isFargateSize(cpu: number, memory: number, system: 'linux' | 'windows'): boolean {
  if (system === 'windows' && !windowsSizes.includes(cpu)) return false
  return fargateSizes[cpu]?.includes(memory) ?? false
}

/** A task's CPU in units from `1024`, `1 vCPU` or `.5vcpu`; `undefined` when it is none of these. */
export function cpuUnits(text: string): number | undefined {
  return amount(text, /^(\d*\.?\d+)\s*vcpus?$/i)
}

/** A task's memory in MiB from `2048`, `2 GB` or `0.5GB`; `undefined` when it is none of these. */
export function memoryMebibytes(text: string): number | undefined {
  return amount(text, /^(\d*\.?\d+)\s*gb$/i)
}

/** A whole number as it is, or 1024 times what `large` matches. */
function amount(text: string, large: RegExp): number | undefined {
  if (/^\d+$/.test(text)) return Number(text)
  const number = large.exec(text)?.[1]
  return number === undefined ? undefined : Math.round(Number(number) * 1024)
}
