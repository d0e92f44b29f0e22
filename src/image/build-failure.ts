import {deniedElsewhere, readDenial} from '../aws/explain.ts'
import {policyStatement} from '../aws/policy.ts'
import {Failure} from '../workflow/failure.ts'
import {bounded, oneLine} from '../workflow/text.ts'
import type {BuildPlan} from './build.ts'
import type {Ended} from './process.ts'

type Told = Pick<Ended, 'exitCode' | 'lastLines'>
type Subject = Pick<BuildPlan, 'build' | 'repository'>

/** What ECR checks when an image is pushed; source: "IAM permissions for pushing an image". */
const PUSH_ACTIONS = [
  'ecr:BatchCheckLayerAvailability',
  'ecr:InitiateLayerUpload',
  'ecr:UploadLayerPart',
  'ecr:CompleteLayerUpload',
  'ecr:PutImage',
  'ecr:BatchGetImage',
  'ecr:GetDownloadUrlForLayer'
]

interface Ending {
  readonly pattern: RegExp
  readonly sentence: (subject: Subject, line: string) => string
  readonly fix?: (subject: Subject) => string
}

/** Ends of a push, by what ECR and the builder say. */
const PUSH_ENDINGS: readonly Ending[] = [
  {
    pattern: /no basic auth credentials|authorization token has expired|401 Unauthorized|authorization failed/i,
    sentence: ({repository}) =>
      `${repository.host} did not accept the login of this run: check that the repository is in this region, and that the role may use it.`
  },
  {
    // The containerd image store tells the status only; the engine and podman miss a body where a HEAD is denied.
    pattern: /\b403 \(?Forbidden|\bHTTP 403 response body/,
    sentence: ({repository}) =>
      `${repository.host} denied the push to ${repository.name}: give the role that releases this statement.`,
    fix: ({repository}) => policyStatement({action: PUSH_ACTIONS, resource: repository.arn ?? '*'})
  },
  {
    pattern: /name unknown|NAME_UNKNOWN|The repository with name .* does not exist/i,
    sentence: (_, line) => `The push failed, because a repository is missing in ECR: ${line}`
  },
  {
    pattern: /tag invalid|TAG_INVALID|cannot be overwritten because the repository is immutable/i,
    sentence: ({repository}, line) =>
      `A tag of the image was taken in the immutable repository ${repository.name} while it was being built: ${line}`
  }
]

/** Ends of a build, by what the builder says. */
const BUILD_ENDINGS: readonly Ending[] = [
  {
    pattern: /short-name .*did not resolve|short-name resolution/,
    sentence: (_, line) =>
      `The builder of this runner does not know which registry an image of the Dockerfile is in: write it in front of the image's name, such as \`docker.io/library/node\` for \`node\` (${line}).`
  },
  {
    pattern: /no space left on device/i,
    sentence: () =>
      'The disk of the runner is full: free some before this step, such as with `docker system prune`, or use a larger runner.'
  },
  {
    pattern: /not supported for the docker driver|does not currently support exporting manifest lists/i,
    sentence: (_, line) => `The builder of this runner cannot do what the inputs ask for: ${line}`,
    fix: () => '- uses: docker/setup-buildx-action@v4'
  },
  {
    pattern:
      /i\/o timeout|TLS handshake timeout|connection refused|connection reset|no such host|network is unreachable/i,
    sentence: (_, line) => `The network failed while the image was built or pushed: ${line}`
  }
]

/** Why the build failed, which with buildx pushes too. */
export function explainBuild(ended: Told, subject: Subject): Failure {
  const line = lastWords(ended)
  const pushed = whilePushing(line, ended, subject) ? push(line, ended, subject) : undefined
  return (
    cacheNotWritten(line, ended) ??
    pushed ??
    foreignPlatform(ended, subject) ??
    found(BUILD_ENDINGS, line, ended, subject) ??
    new Failure(`The build failed: ${short(line)}`, {lines: ended.lastLines})
  )
}

/** A program says so before the builder ends with its exit code. */
function foreignPlatform({lastLines}: Told, {build}: Subject): Failure | undefined {
  if (!lastLines.some(line => /exec format error|exec user process caused/i.test(line))) return undefined
  const platforms = build.platforms.length === 0 ? '' : ` (${build.platforms.join(', ')})`
  return new Failure(
    `The build runs programs of another platform than the runner's${platforms}: use a runner of that platform, such as \`runs-on: ubuntu-24.04-arm\`, or add emulation before this step.`,
    {fix: '- uses: docker/setup-qemu-action@v4', lines: lastLines}
  )
}

/** It goes with the build where the user's own `cache-to` does not say otherwise. */
function cacheNotWritten(line: string, ended: Told): Failure | undefined {
  const isCache =
    /failed pushing cache/.test(line) || ended.lastLines.some(line => line.startsWith(' > exporting cache'))
  if (!isCache) return undefined
  const sentence = `The cache of the build could not be written (${short(line)}): correct \`cache-to\`, or use the input \`cache\`, which fits ECR and fails no build.`
  return denied(line, ended) ?? new Failure(sentence, {fix: 'with:\n  cache: ecr', lines: ended.lastLines})
}

/**
 * buildx pushes too, and asks for what it pushed once that is done; a base image that may not be pulled is told in the same
 * words.
 */
function whilePushing(line: string, {lastLines}: Told, {repository}: Subject): boolean {
  const isOurs = readDenial(line)?.resource?.endsWith(`:repository/${repository.name}`) === true
  return isOurs || /failed to push/.test(line) || lastLines.some(line => /^ > (pushing|exporting)/.test(line))
}

/** Why a push after the build failed. */
export function explainPush(ended: Told, subject: Subject): Failure {
  const line = lastWords(ended)
  return (
    push(line, ended, subject) ??
    found(BUILD_ENDINGS, line, ended, subject) ??
    new Failure(`The push to ${subject.repository.uri} failed: ${short(line)}`, {lines: ended.lastLines})
  )
}

function push(line: string, ended: Told, subject: Subject): Failure | undefined {
  return denied(line, ended) ?? found(PUSH_ENDINGS, line, ended, subject)
}

/** ECR's own words name the action and the repository. */
function denied(line: string, {lastLines}: Told): Failure | undefined {
  const denial = readDenial(line)
  if (denial === undefined) return undefined
  const resource = denial.resource ?? '*'
  const fix = policyStatement({action: PUSH_ACTIONS, resource})
  return (
    deniedElsewhere(denial, 'pushing the image', fix) ??
    new Failure(
      `ECR denied ${denial.action} on ${resource} for the push: add this statement to the policy of the role that releases.`,
      {fix, lines: lastLines}
    )
  )
}

function found(table: readonly Ending[], line: string, {lastLines}: Told, subject: Subject): Failure | undefined {
  const entry = table.find(({pattern}) => pattern.test(line))
  if (entry === undefined) return undefined
  return new Failure(entry.sentence(subject, short(line)), {
    lines: lastLines,
    ...(entry.fix && {fix: entry.fix(subject)})
  })
}

/** What BuildKit, the engine and buildah put around the words that matter. */
const WRAPPING =
  /^(ERROR: |Error: |failed to build: |Error response from daemon: |failed to solve( with frontend \S+)?: |rpc error: code = \w+ desc = |failed to create LLB definition: |pushing image "\S+" to "\S+": )+/

/** Stands below what went wrong where Docker refuses the arguments. */
const ADVICE = /^(See|Run) '?docker/

/** What the builder says went wrong: its line `ERROR: …`, else the line with which it ended. */
function lastWords({lastLines, exitCode}: Told): string {
  const line =
    lastLines.findLast(line => line.startsWith('ERROR: ')) ??
    lastLines.findLast(line => line.trim() !== '' && !ADVICE.test(line)) ??
    `exit code ${exitCode ?? 'unknown'}`
  return oneLine(line.replace(WRAPPING, '')).trim()
}

function short(line: string): string {
  return bounded(line, 400)
}
