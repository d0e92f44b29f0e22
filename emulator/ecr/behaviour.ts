/** What ECR does in cases that are not documented, or that an account can set; may be changed at any time. */
export interface EcrBehaviour {
  /** The same image pushed again under its own tag, which may not be moved. */
  sameImageUnderImmutableTag: 'accepted' | 'refused'
  /** The status of the registry's answer to an expired token. */
  expiredTokenStatus: 401 | 403
  /** The account setting BLOB_MOUNTING: whether layers of other repositories are used instead of uploaded again. */
  blobMounting: 'ENABLED' | 'DISABLED'
  /** What BatchGetImage makes of an index when the request names no media types: the index itself, or an image not found. */
  indexForUnnamedMediaTypes: 'answered' | 'not-found'
}

export const defaultBehaviour: Readonly<EcrBehaviour> = {
  sameImageUnderImmutableTag: 'accepted',
  expiredTokenStatus: 403,
  blobMounting: 'DISABLED',
  indexForUnnamedMediaTypes: 'answered'
}
