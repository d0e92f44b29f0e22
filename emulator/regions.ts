import type {Operations} from './service.ts'

/** What `create` makes of each region, once. */
export function perRegion<Region>(create: (region: string) => Region): (region: string) => Region {
  const regions = new Map<string, Region>()
  return name => {
    const region = regions.get(name) ?? create(name)
    regions.set(name, region)
    return region
  }
}

/** The same operations for every region, each on its own resources. */
export function inEachRegion(operations: Operations, of: (region: string) => Operations): Operations {
  return Object.fromEntries(
    Object.entries(operations).map(([name, operation]) => [
      name,
      {...operation, handle: (input, call) => (of(call.region)[name] ?? operation).handle(input, call)}
    ])
  )
}
