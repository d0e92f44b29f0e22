/** The run of the workflow that releases, as the runner tells it; see GitHub's "Default environment variables". */
export interface WorkflowRun {
  /** `owner/name`. */
  readonly repository: string
  readonly serverUrl: string
  readonly workspace: string
  /** For files of this run; removed by the runner after the job. */
  readonly temp: string
  /** The commit that is released, 40 hexadecimal digits. */
  readonly commit: string
  /** The tag or branch, such as `v1.4.0` or `feature/login`. */
  readonly refName: string
  readonly refType: 'tag' | 'branch'
  readonly runId: string
  /** Counts from 1; a re-run keeps the run id. */
  readonly attempt: number
  readonly job: string
  /** Id of the step, unique within the job. */
  readonly step: string
  readonly actor: string
  readonly event: string
  /** Where the run is shown. */
  readonly url: string
}
