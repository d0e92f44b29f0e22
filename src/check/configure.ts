import {idleRemovals, setEnvironment, unknownContainers} from '../definition/environment.ts'
import type {DefinitionPlace} from '../definition/find.ts'
import {idleVariables} from '../definition/read.ts'
import type {Inputs} from '../workflow/inputs.ts'
import {type Finding, findingOf, type Findings} from './finding.ts'
import type {Candidate} from './look.ts'

/**
 * Sets and removes what the inputs want in the environment and the secrets of containers.
 * @param findings get what cannot be meant; nothing is said of containers while a definition is not known
 * @returns the candidates with their definitions as they will be registered, apart from the image
 */
export function configure(
  candidates: readonly Candidate[],
  {containerSettings, service}: Pick<Inputs, 'containerSettings' | 'service'>,
  findings: Findings
): Candidate[] {
  if (candidates.length === service.length) {
    const unknown = unknownContainers(candidates, containerSettings)
    findings.add(...unknown.map(failure => findingOf('container-settings', failure)))
    findings.add(...idleRemovals(candidates, containerSettings).map(warning('container-settings')))
  }
  return candidates.map(candidate => ({
    ...candidate,
    definition: setEnvironment(candidate.definition, containerSettings, candidate.containers)
  }))
}

/** Warns about variables that none of the definitions uses. */
export async function lookForIdleVariables(
  places: readonly DefinitionPlace[],
  {variables}: Pick<Inputs, 'variables'>,
  findings: Findings
): Promise<void> {
  // A file that cannot be read is told here and where it is read, which counts as one.
  const idle = await findings.of('task-definition', () => idleVariables(places, variables))
  findings.add(...(idle ?? []).map(warning('variables')))
}

function warning(check: string): (message: string) => Finding {
  return message => ({check, level: 'warning', message, place: undefined, fix: undefined})
}
