import type {Rollback} from '../follow/follow.ts'
import {describeTaskFailure} from '../why/index.ts'
import {bounded} from '../workflow/text.ts'
import type {ServiceStory, Story} from './story.ts'

/** GitHub takes outputs of up to 1 MiB and counts two bytes a character; other outputs of the job need room too. */
const MOST_CHARACTERS = 500_000
/** A service's events are a hundred at most, and a message has no upper limit. */
const LONGEST_MESSAGE = 1000

/**
 * The output `result`: the whole story as JSON, for other steps to read. Members are only ever added. Where it would be
 * too long, services come without their events, those with the longest first, and `eventsLeftOut` says how many.
 */
export function result(story: Story): string {
  const longestFirst = story.services.toSorted((a, b) => lengthOfEvents(b) - lengthOfEvents(a))
  for (let cut = 0; ; cut++) {
    const shortened = longestFirst.slice(0, cut)
    const services = story.services.map(service => serviceResult(service, shortened.includes(service)))
    const json = JSON.stringify({...releaseResult(story), services})
    if (json.length <= MOST_CHARACTERS || cut === longestFirst.length) return json
  }
}

function lengthOfEvents({followed}: ServiceStory): number {
  return JSON.stringify(followed?.events ?? []).length
}

function releaseResult({run, region, startedAt, endedAt, phases, image, status, headline}: Story): object {
  return {
    status,
    headline,
    region,
    commit: run?.commit,
    run: run?.url,
    startedAt,
    endedAt,
    phases: phases.map(phase => ({name: phase.name, seconds: seconds(phase.startedAt, phase.endedAt)})),
    image: image && {
      reference: image.reference,
      repository: image.uri,
      tag: image.tag,
      digest: image.digest,
      origin: image.origin
    }
  }
}

function serviceResult({followed, ...service}: ServiceStory, shortened: boolean): object {
  const events = followed?.events.map(({at, message}) => ({at, message: bounded(message, LONGEST_MESSAGE)}))
  return {
    ...service,
    serviceDeploymentArn: followed?.serviceDeploymentArn,
    status: followed?.outcome.status,
    headline: followed?.outcome.headline,
    reason: followed?.outcome.reason,
    cause: followed?.outcome.cause,
    rollback: followed?.rollback && rollbackResult(followed.rollback),
    proof: followed?.proof,
    stages: followed?.lifecycle.stages,
    pauses: followed?.lifecycle.pauses,
    footer: followed?.outcome.footer,
    failures: followed?.taskFailures.map(failure => describeTaskFailure(failure)[0]),
    ...(shortened ? {eventsLeftOut: events?.length} : {events})
  }
}

function rollbackResult({status, headline, followed}: Rollback): object {
  return {
    status,
    headline,
    deploymentId: followed?.started.deploymentId,
    taskDefinitionArn: followed?.outcome.primary?.taskDefinitionArn,
    serviceDeploymentArn: followed?.serviceDeploymentArn
  }
}

function seconds(from: Date, to: Date): number {
  return Math.round((to.getTime() - from.getTime()) / 1000)
}
