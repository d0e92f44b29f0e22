import {describe, expect, test} from '@jest/globals'
import {explainBuild, explainPush} from '../../src/image/build-failure.ts'
import {buildInputs} from './support.ts'

const host = '111122223333.dkr.ecr.eu-west-1.amazonaws.com'
const arn = 'arn:aws:ecr:eu-west-1:111122223333:repository/web'
const repository = {name: 'web', region: 'eu-west-1', arn, host, uri: `${host}/web`, mutabilityExceptions: []}
const subject = {repository, build: buildInputs({platforms: ['linux/arm64']})}
const denial =
  `denied: User: arn:aws:iam::111122223333:user/ci is not authorized to perform: ecr:InitiateLayerUpload on resource: ${arn} ` +
  'because no identity-based policy allows the ecr:InitiateLayerUpload action'

function ended(...lastLines: string[]): {exitCode: number; lastLines: string[]} {
  return {exitCode: 1, lastLines}
}

describe('a push', () => {
  test.each([
    [
      'no basic auth credentials',
      `${host} did not accept the login of this run: check that the repository is in this region, and that the role may use it.`
    ],
    [
      'denied: Your authorization token has expired. Reauthenticate and try again.',
      `${host} did not accept the login of this run: check that the repository is in this region, and that the role may use it.`
    ],
    [
      "name unknown: The repository with name 'web' does not exist in the registry with id '111122223333'",
      "The push failed, because a repository is missing in ECR: name unknown: The repository with name 'web' does not exist in the registry with id '111122223333'"
    ],
    [
      "tag invalid: The image tag 'v1' already exists in the 'web' repository and cannot be overwritten because the repository is immutable.",
      "A tag of the image was taken in the immutable repository web while it was being built: tag invalid: The image tag 'v1' already exists in the 'web' repository and cannot be overwritten because the repository is immutable."
    ],
    [
      'dial tcp: lookup registry: no such host',
      'The network failed while the image was built or pushed: dial tcp: lookup registry: no such host'
    ],
    ['something new', `The push to ${host}/web failed: something new`]
  ])('ended with %s', (line, message) => {
    const lines = ['The push refers to repository', line, '']
    expect(explainPush(ended(...lines), subject)).toMatchObject({message, lines})
  })

  test('that ECR denies gets the statement to add', () => {
    const failure = explainPush(ended(denial), subject)
    expect(failure.message).toBe(
      `ECR denied ecr:InitiateLayerUpload on ${arn} for the push: add this statement to the policy of the role that releases.`
    )
    expect(JSON.parse(failure.fix ?? '')).toMatchObject({
      Effect: 'Allow',
      Action: expect.arrayContaining([
        'ecr:InitiateLayerUpload',
        'ecr:PutImage',
        'ecr:GetDownloadUrlForLayer'
      ]) as unknown,
      Resource: arn
    })
  })

  test('by buildah with many words before it names the whole resource', () => {
    const resource = `arn:aws:ecr:eu-west-1:111122223333:repository/${'team/'.repeat(60)}web`
    const line = `Error: pushing image "sha256:12" to "docker://h/web:v1": denied: User: x is not authorized to perform: ecr:PutImage on resource: ${resource}`
    expect(explainPush(ended(line), subject).message).toContain(`ECR denied ecr:PutImage on ${resource} for the push`)
  })

  test('of which podman tells the status only, likewise', () => {
    const line =
      'Error: trying to reuse blob sha256:12 at destination: failed to read from destination repository web: 403 (Forbidden)'
    expect(explainPush(ended(line), subject).message).toContain('denied the push to web')
  })

  test('of which Docker tells the status only, likewise', () => {
    const line = `unexpected status from POST request to https://${host}/v2/web/blobs/uploads/: 403 Forbidden`
    const failure = explainPush(ended(line), subject)
    expect(failure.message).toBe(`${host} denied the push to web: give the role that releases this statement.`)
    expect(JSON.parse(failure.fix ?? '')).toMatchObject({Resource: arn})
  })
})

describe('a cache that cannot be written', () => {
  const line = `error writing layer blob: unexpected status from POST request to https://${host}/v2/c/blobs/uploads/: 403 Forbidden`
  const sentence = (line: string): string =>
    `The cache of the build could not be written (${line}): correct \`cache-to\`, or use the input \`cache\`, which fits ECR and fails no build.`

  test('is not taken for the image', () => {
    const failure = explainBuild(ended(' > exporting cache to registry:', `ERROR: failed to solve: ${line}`), subject)
    expect(failure).toMatchObject({message: sentence(line), fix: 'with:\n  cache: ecr'})
  })

  test('is told by podman and buildah in their way, which may name the right that is missing', () => {
    const told = 'failed pushing cache to {{{"h" "c"} "12"}}: name unknown'
    expect(explainBuild(ended(`Error: ${told}`), subject).message).toBe(sentence(told))
    const action =
      'is not authorized to perform: ecr:PutImage on resource: arn:aws:ecr:eu-west-1:111122223333:repository/c'
    expect(
      explainBuild(ended(`Error: failed pushing cache to c: denied: User: x ${action}`), subject).message
    ).toContain('ECR denied ecr:PutImage on arn:aws:ecr:eu-west-1:111122223333:repository/c')
  })
})

describe('a build', () => {
  test.each([
    [
      'ERROR: failed to solve: process "/bin/sh -c make" did not complete successfully: exit code: 2',
      'The build failed: process "/bin/sh -c make" did not complete successfully: exit code: 2'
    ],
    [
      'failed to solve with frontend dockerfile.v0: failed to create LLB definition: target stage zz could not be found',
      'The build failed: target stage zz could not be found'
    ],
    [
      "The command '/bin/sh -c make' returned a non-zero code: 2",
      "The build failed: The command '/bin/sh -c make' returned a non-zero code: 2"
    ],
    [
      'write /app: no space left on device',
      'The disk of the runner is full: free some before this step, such as with `docker system prune`, or use a larger runner.'
    ],
    [
      'ERROR: failed to build: failed to solve: failed to read dockerfile: open Dockerfile: no such file or directory',
      'The build failed: failed to read dockerfile: open Dockerfile: no such file or directory'
    ],
    [
      'Error: building at STEP "COPY a /": checking on sources: copier: stat: "/a": no such file or directory',
      'The build failed: building at STEP "COPY a /": checking on sources: copier: stat: "/a": no such file or directory'
    ],
    [
      'Error: creating build container: short-name "node:20" did not resolve to an alias',
      'The builder of this runner does not know which registry an image of the Dockerfile is in: write it in front of the image\'s name, such as `docker.io/library/node` for `node` (creating build container: short-name "node:20" did not resolve to an alias).'
    ],
    ['', 'The build failed: exit code 1']
  ])('ended with %s', (line, message) => {
    expect(explainBuild(ended(line), subject).message).toBe(message)
  })

  test.each([
    [
      [
        '#5 0.112 exec /bin/sh: exec format error',
        '#5 ERROR: process "/bin/sh -c make" did not complete successfully: exit code: 255',
        '------',
        'ERROR: failed to build: failed to solve: process "/bin/sh -c make" did not complete successfully: exit code: 255'
      ]
    ],
    [['exec /bin/sh: exec format error', "The command '/bin/sh -c make' returned a non-zero code: 1"]]
  ])('of another platform is told by what the program said before: %j', lines => {
    const failure = explainBuild(ended(...lines), subject)
    expect(failure.message).toBe(
      "The build runs programs of another platform than the runner's (linux/arm64): use a runner of that platform, such as `runs-on: ubuntu-24.04-arm`, or add emulation before this step."
    )
    expect(failure.fix).toBe('- uses: docker/setup-qemu-action@v4')
    expect(explainBuild(ended(...lines), {...subject, build: buildInputs()}).message).toContain("the runner's: use")
  })

  test('that Docker refuses to begin is told by the refusal, not by where to read on', () => {
    const lines = [
      'invalid argument "x y" for "-t, --tag" flag: invalid reference format',
      "See 'docker build --help'."
    ]
    expect(explainBuild(ended(...lines), subject).message).toBe(`The build failed: ${lines[0] ?? ''}`)
  })

  test('is told by the line ERROR, not by advice below it', () => {
    const failure = explainBuild(
      ended(
        'ERROR: Attestation is not supported for the docker driver.',
        'Learn more at https://docs.docker.com/go/attestations/'
      ),
      subject
    )
    expect(failure.message).toBe(
      'The builder of this runner cannot do what the inputs ask for: Attestation is not supported for the docker driver.'
    )
    expect(failure.fix).toBe('- uses: docker/setup-buildx-action@v4')
  })

  test('that pushes, too, tells a refused push as such', () => {
    const lines = ['------', ` > pushing ${host}/web:v1 with docker:`, '------', `ERROR: ${denial}`]
    expect(explainBuild(ended(...lines), subject).message).toMatch(/^ECR denied ecr:InitiateLayerUpload on /)
  })

  test('whose base image may not be pulled is no refused push', () => {
    const line = 'ERROR: failed to solve: 444455556666.dkr.ecr.eu-west-1.amazonaws.com/base: no basic auth credentials'
    expect(explainBuild(ended(line), subject).message).toBe(
      'The build failed: 444455556666.dkr.ecr.eu-west-1.amazonaws.com/base: no basic auth credentials'
    )
  })

  test('cannot put a workflow command or more than a line into the message', () => {
    const {message} = explainBuild(ended('ERROR: ##[error] x\r::set-output name=a::b' + 'y'.repeat(1000)), subject)
    expect(message).not.toMatch(/##\[|[\r\n]/)
    expect(message.length).toBeLessThan(450)
  })
})
