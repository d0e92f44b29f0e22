import type {FailingDeployment, ServiceEventLike} from './failure.ts'
import {withoutIds} from './group.ts'

/** How events begin that tell why ECS cannot start tasks of a service, or keep those it has. */
const PROBLEMS: readonly RegExp[] = [
  /^was unable to place (?:a task|tasks in your cluster)\b/,
  /^failed to launch a task with \(error /,
  /^could not launch \d+ tasks for deployment /,
  /^was unable to stop or start tasks during a deployment\b/,
  /^was unable to reach steady state\b/,
  /^Timed out waiting for Amazon ECS Agent to start\b/,
  /^task set \(\S+\) \(task \w+\) is not healthy in target-group \(\S+\) due to TARGET (?:GROUP )?IS NOT FOUND\b/,
  /^failed to (?:describe target health|register targets)\b/,
  /^IAM (?:permissions|trust)\b/
]

/**
 * The events that tell why tasks cannot be placed, each once, in ECS's words without the service and the reference to the
 * guide, in the order in which they came. Those about other deployments are left out, also what comes after ECS turned back
 * to another, and what stopped tasks tell themselves. Pure.
 * @param reasons why tasks of the deployment stopped
 */
export function placementProblems(
  events: readonly ServiceEventLike[],
  deployment: FailingDeployment,
  reasons: readonly string[] = []
): string[] {
  const end = events.findIndex(
    ({message}) => /\brolling back to deployment /.test(message) && !isAbout(message, deployment)
  )
  const texts = (end === -1 ? events : events.slice(0, end))
    .filter(({message}) => isAbout(message, deployment))
    .map(({message}) => withoutFrame(message))
    .filter(text => PROBLEMS.some(problem => problem.test(text)))
    .filter(text => !reasons.some(reason => reason !== '' && withoutIds(text).includes(withoutIds(reason))))
  return [...Map.groupBy(texts, withoutIds).values()].flatMap(([first]) => first ?? [])
}

/** The service in front, `(service web) ` or `service web `, and where ECS says to read on. */
function withoutFrame(message: string): string {
  return message
    .replace(/^\(service [^)]*\) |^service \S+ (?=failed to )/, '')
    .replace(/\s*For more information, see the Troubleshooting section.*$/s, '')
    .trim()
}

/** Those that name no deployment are about the one that is on its way. */
function isAbout(text: string, {deploymentId}: FailingDeployment): boolean {
  const [named] = /\becs-svc\/\d+/.exec(text) ?? []
  return named === undefined || named === deploymentId
}
