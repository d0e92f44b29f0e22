/** The image that is released. */
export interface ReleaseImage {
  /** As it stands in the task definition: `uri:tag@digest` where both are known. */
  readonly reference: string
  /** `host/repository`. */
  readonly uri: string
  readonly tag?: string
  readonly digest?: string
  readonly origin: 'built' | 'reused' | 'given'
}
