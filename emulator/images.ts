/** An image as a registry keeps it. */
export interface StoredImage {
  /** Of the manifest or index that the reference names, such as `sha256:…`. */
  readonly digest: string
  /** What it can run on, such as `linux/amd64`; an index has several. */
  readonly platforms: readonly string[]
  /** Where Docker pulls it from; an image without files, such as a seeded one, has nothing to run and no source. */
  readonly source?: ImageSource
}

/** An image in the emulator's own registry, as it listens on this machine. */
export interface ImageSource {
  /** By digest: `127.0.0.1:4566/web@sha256:…`. */
  readonly reference: string
  /** Of the registry, whose token opens it. */
  readonly region: string
}

/** What tasks pull from. */
export interface ImageStore {
  /** The image of a reference (`host/repository:tag`, `…@sha256:…` or both); `undefined` when the store has none. */
  resolve(reference: string): StoredImage | undefined
}

/**
 * Whether an image can only be in the emulator's own registry: its host is an ECR registry's, or on loopback, where the
 * registry listens. All others (`nginx:latest`, `ghcr.io/…`) are elsewhere and taken to be there.
 */
export function isInOwnRegistry(reference: string): boolean {
  return /^(\d{12}\.dkr[.-]ecr[.-]|localhost[:/]|127\.\d+\.\d+\.\d+[:/])/.test(reference)
}

/** The tag of an image reference, `undefined` when it has none; `a/b:1@sha256:…` has the tag `1`. */
export function tagOf(reference: string): string | undefined {
  return /:([\w][\w.-]{0,127})$/.exec(reference.replace(/@sha256:.*$/, ''))?.[1]
}
