import {
  EncryptionType,
  type EncryptionConfiguration,
  type ImageTagMutability,
  type ImageTagMutabilityExclusionFilter
} from '@aws-sdk/client-ecr'
import {AwsError} from '../service.ts'

/** Source: ECR API reference, CreateRepository. */
const mostFilters = 5

const namePattern = String.raw`[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*`

/**
 * ECR's answer to a parameter that it does not accept.
 * @param constraint known from ECR for `must satisfy regular expression` and `must have length`; the others are this
 *   emulator's own words
 */
export function invalidParameter(name: string, constraint: string): AwsError {
  return new AwsError(
    'InvalidParameterException',
    `Invalid parameter at '${name}' failed to satisfy constraint: '${constraint}'`
  )
}

/** The value of a parameter that a request has to have. */
export function required<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw invalidParameter(name, 'must not be null')
  return value
}

/** A name for a new repository. */
export function checkedName(name: string | undefined): string {
  const value = required(name, 'repositoryName')
  if (value.length < 2 || value.length > 256) {
    throw invalidParameter('repositoryName', 'must have length between 2 and 256')
  }
  if (!new RegExp(`^${namePattern}$`).test(value)) {
    throw invalidParameter('repositoryName', `must satisfy regular expression '${namePattern}'`)
  }
  return value
}

/** The patterns of exclusion filters, which the two settings with exclusion need and the others refuse. */
export function checkedExclusions(
  mutability: ImageTagMutability,
  filters: readonly ImageTagMutabilityExclusionFilter[] = []
): string[] {
  const needsFilters = mutability.endsWith('_WITH_EXCLUSION')
  if (needsFilters !== filters.length > 0) {
    const constraint = needsFilters ? 'must not be empty' : `must be empty with ${mutability}`
    throw invalidParameter('imageTagMutabilityExclusionFilters', constraint)
  }
  if (filters.length > mostFilters) {
    throw invalidParameter('imageTagMutabilityExclusionFilters', `must have length between 1 and ${mostFilters}`)
  }
  return filters.map(({filter}) => checkedFilter(filter))
}

/** The encryption of a new repository, which needs no key of its own. */
export function checkedEncryption(
  wanted: EncryptionConfiguration = {encryptionType: 'AES256'}
): EncryptionConfiguration {
  const known = Object.values(EncryptionType)
  const type = required(wanted.encryptionType, 'encryptionType')
  if (!known.includes(type)) throw invalidParameter('encryptionType', `must be one of ${known.join(', ')}`)
  return wanted
}

function checkedFilter(filter: string | undefined): string {
  const pattern = '^[0-9a-zA-Z._*-]{1,128}$'
  const value = required(filter, 'filter')
  if (!new RegExp(pattern).test(value)) throw invalidParameter('filter', `must satisfy regular expression '${pattern}'`)
  return value
}
