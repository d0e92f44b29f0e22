import {createHash} from 'node:crypto'
import type {WorkflowRun} from '../workflow/event.ts'
import type {BuildInputs} from '../workflow/inputs.ts'

/** What tells the image of this step from every other that the run may build. */
export interface BuildIdentity {
  readonly run: WorkflowRun
  readonly build: BuildInputs
  readonly cluster: string
  readonly services: readonly string[]
  readonly containers: readonly string[]
  /** The matrix of the job as JSON. */
  readonly matrix: string
}

const LONGEST_TAG = 128

/**
 * A tag that no other build has and every attempt of the same build has again: release tag or branch, commit, run and
 * fingerprint, such as `v1.4.0-3c5f1e2-9871234567-5d41402a`. Valid whatever the branch is called.
 */
export function uniqueTag(identity: BuildIdentity): string {
  const {commit, runId, refName} = identity.run
  const unique = `${commit.slice(0, 7)}-${runId}-${fingerprint(identity).slice(0, 8)}`
  const readable = refName
    .replace(/[^\w.-]+/g, '-')
    .replace(/^[.-]+/, '')
    .slice(0, LONGEST_TAG - unique.length - 1)
    .replace(/[.-]+$/, '')
  return readable === '' ? unique : `${readable}-${unique}`
}

/**
 * SHA-256 over what the image is built from and for, in hexadecimal digits. Of the secrets only the names count: a hash
 * that anyone can read must not help to guess them. Built anew each time with `no-cache`, so then each attempt differs.
 */
export function fingerprint({run, build, cluster, services, containers, matrix}: BuildIdentity): string {
  const parts = {
    repository: run.repository,
    commit: run.commit,
    runId: run.runId,
    job: run.job,
    step: run.step,
    attempt: build.noCache ? run.attempt : undefined,
    matrix,
    cluster,
    services,
    containers,
    build: {...build, buildSecrets: build.buildSecrets.map(({name}) => name)}
  }
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
}
