import * as sdk from '@aws-sdk/client-ecs'
import {AwsError, type Operations, operationOf} from '../service.ts'

/** The tags of all resources, by ARN. Only resources that were added can be tagged. */
export class Tags {
  readonly #tags = new Map<string, sdk.Tag[]>()

  /** Makes a resource known, with the tags it was created with. */
  add(arn: string, tags: readonly sdk.Tag[] = []): void {
    this.#tags.set(arn, [...tags])
  }

  /** The tags of a resource, none for an unknown one. */
  of(arn: string | undefined): sdk.Tag[] {
    return [...(this.#tags.get(arn ?? '') ?? [])]
  }

  /** Sets tags by key and keeps the others. @throws AwsError for an unknown resource */
  set(arn: string, tags: readonly sdk.Tag[]): void {
    const before = this.#tags.get(arn)
    if (before === undefined)
      throw new AwsError('ResourceNotFoundException', 'The specified resource could not be found.')
    const kept = before.filter(({key}) => !tags.some(tag => tag.key === key))
    this.#tags.set(arn, [...kept, ...tags])
  }
}

/** TagResource and ListTagsForResource. */
export function tagOperations(tags: Tags): Operations {
  return {
    TagResource: operationOf(sdk.TagResource$, (input: sdk.TagResourceRequest): sdk.TagResourceResponse => {
      tags.set(input.resourceArn ?? '', input.tags ?? [])
      return {}
    }),
    ListTagsForResource: operationOf(
      sdk.ListTagsForResource$,
      (input: sdk.ListTagsForResourceRequest): sdk.ListTagsForResourceResponse => {
        return {tags: tags.of(input.resourceArn)}
      }
    )
  }
}
