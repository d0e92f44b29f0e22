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
  | 'status'
  | 'console-url'
  | 'result'

/** Where outputs go: set as soon as a value is known, so that they are there after a failure too. */
export interface Outputs {
  set(name: OutputName, value: string): void
}

/** The outputs of a step on a GitHub runner. */
export const runnerOutputs: Outputs = {
  set: (name, value) => {
    core.setOutput(name, value)
  }
}
