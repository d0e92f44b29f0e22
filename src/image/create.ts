import {CreateRepositoryCommand} from '@aws-sdk/client-ecr'
import type {Aws} from '../aws/clients.ts'
import {explain} from '../aws/explain.ts'
import type {WorkflowRun} from '../workflow/event.ts'
import {listed} from '../workflow/text.ts'
import type {World} from '../world.ts'
import {type EcrRepository, isNamed} from './repository.ts'

/** So many patterns of tags a repository can except; source: ECR API reference, CreateRepository. */
const MOST_EXCEPTIONS = 5

/**
 * How a missing repository is made: its tags are immutable, except those that are pushed again and again. With more of
 * them than ECR can except, all tags are mutable. Pure.
 * @param tags that the release pushes beside a unique one
 * @param cacheTags patterns of the tags that the cache of the build is kept under
 */
export function planRepository(
  missing: EcrRepository,
  tags: readonly string[],
  cacheTags: readonly string[],
  run: WorkflowRun
): EcrRepository {
  const moving = [...new Set([...tags.filter(tag => moves(tag, run)), ...cacheTags])]
  if (moving.length > MOST_EXCEPTIONS) return {...missing, mutability: 'MUTABLE'}
  return {
    ...missing,
    mutability: moving.length === 0 ? 'IMMUTABLE' : 'IMMUTABLE_WITH_EXCLUSION',
    mutabilityExceptions: moving
  }
}

/** Whether another run will push the tag again: what names the commit, the run or the release tag is this one's. */
function moves(tag: string, {commit, runId, refName, refType}: WorkflowRun): boolean {
  const isOfThisRun = tag.includes(commit.slice(0, 7)) || tag.includes(runId)
  const isOfThisRelease = refType === 'tag' && /\d\.\d/.test(refName) && tag.includes(refName.replace(/^v/, ''))
  return !isOfThisRun && !isOfThisRelease
}

/**
 * Makes the repository as planned, encrypted with AES-256 and with a scan of what is pushed. One that somebody else has
 * made meanwhile is used as it is.
 * @throws Failure when ECR refuses
 */
export async function createRepository(repository: EcrRepository, aws: Aws, {log, signal}: World): Promise<void> {
  const {name, region, mutability, mutabilityExceptions} = repository
  const filters = mutabilityExceptions.map(filter => ({filterType: 'WILDCARD' as const, filter}))
  const command = new CreateRepositoryCommand({
    repositoryName: name,
    imageTagMutability: mutability,
    ...(filters.length > 0 && {imageTagMutabilityExclusionFilters: filters}),
    imageScanningConfiguration: {scanOnPush: true},
    encryptionConfiguration: {encryptionType: 'AES256'}
  })
  try {
    await aws.ecr(region).send(command, {abortSignal: signal})
    log.info(`created the repository ${name}: ${tagsOf(repository)}, scan on push, encrypted with AES-256`)
  } catch (error) {
    if (isNamed(error, 'RepositoryAlreadyExistsException')) log.info(`the repository ${name} was made meanwhile`)
    else throw explain(error, `creating the ECR repository ${name}`)
  }
}

function tagsOf({mutability, mutabilityExceptions}: EcrRepository): string {
  if (mutability === 'MUTABLE') return 'mutable tags'
  return `immutable tags${mutabilityExceptions.length === 0 ? '' : ` except ${listed(mutabilityExceptions)}`}`
}
