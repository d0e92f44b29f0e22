import * as core from '@actions/core'

/** The step's outputs, as `action.yml` declares them. */
export type OutputName =
  | 'image'
  | 'image-tag'
  | 'image-digest'
  | 'task-definition-arn'
  | 'task-definition'
  | 'previous-task-definition-arn'
  | 'deployment-id'
  | 'service-deployment-arn'
  | 'hook-id'
  | 'rollback-status'
  | 'rollback-deployment-id'
  | 'status'
  | 'console-url'
  | 'result'

/** What later steps and people get to see. */
export interface Outputs {
  /** Set as soon as a value is known, so that it is there after a failure too. */
  set(name: OutputName, value: string): void
  /** The job summary, in Markdown. */
  writeSummary(markdown: string): Promise<void>
}

/** The outputs of a step on a GitHub runner. */
export const runnerOutputs: Outputs = {
  set: (name, value) => {
    core.setOutput(name, value)
  },
  writeSummary: async markdown => {
    await core.summary.addRaw(markdown).write()
  }
}
