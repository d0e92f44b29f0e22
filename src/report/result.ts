import {describeTaskFailure} from '../follow/stopped-tasks.ts'
import {bounded} from '../workflow/text.ts'
import type {ServiceStory, Story} from './story.ts'

/** GitHub takes outputs of up to 1 MiB; a service's events are a hundred at most, and a message has no upper limit. */
const LONGEST_MESSAGE = 1000

/** The output `result`: the whole story for other steps to read. Members are only ever added. Pure. */
export function result({run, region, startedAt, endedAt, phases, image, services, status, headline}: Story): object {
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
    },
    services: services.map(serviceResult)
  }
}

function serviceResult({followed, ...service}: ServiceStory): object {
  return {
    ...service,
    serviceDeploymentArn: followed?.serviceDeploymentArn,
    status: followed?.outcome.status,
    headline: followed?.outcome.headline,
    reason: followed?.outcome.reason,
    failures: followed?.taskFailures.map(describeTaskFailure),
    events: followed?.events.map(({at, message}) => ({at, message: bounded(message, LONGEST_MESSAGE)}))
  }
}

function seconds(from: Date, to: Date): number {
  return Math.round((to.getTime() - from.getTime()) / 1000)
}
