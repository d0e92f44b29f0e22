import {type AdviceFacts, executionRole, image, imageName, wayTo} from './settings.ts'

/** How texts name the image that cannot be pulled. */
const REFERENCE = /failed to resolve ref(?:erence)? "?([^\s"]+?)"?(?::\s|$)|access denied for ([^\s,]+)/
/** How they name the host that does not answer. */
const HOST = /https:\/\/([^\s/"]+)|\blookup ([\w.-]+)/

/** `the image docker.io/library/nginx:1`, the one that the text names before the one of the task definition. */
export function pulledImage(facts: AdviceFacts): string {
  const named = referenceIn(facts.text)
  return named === undefined ? image(facts) : `the image ${named}`
}

/** Whether an image comes from a private registry of ECR, which role and VPC endpoints are about; it does unless known better. */
export function isFromEcr(facts: AdviceFacts): boolean {
  const from = referenceIn(facts.text) ?? hostIn(facts.text) ?? imageName(facts)
  return from === undefined || /Amazon ECR/.test(facts.text) || /\.(?:amazonaws\.com|on\.aws)\b/.test(from)
}

/** What gives tasks a way to the registry of the image. */
export function wayToRegistry(facts: AdviceFacts, endpoints: string): string {
  return wayTo(facts, isFromEcr(facts) ? endpoints : undefined)
}

/** What lets tasks pull an image. */
export function rightToPull(facts: AdviceFacts): string {
  return isFromEcr(facts)
    ? `Let ${executionRole(facts)} pull ${pulledImage(facts)}: it needs ecr:GetAuthorizationToken, ecr:BatchGetImage and ecr:GetDownloadUrlForLayer, and for a repository of another account that repository's policy must allow it too.`
    : `Check the name and the tag of ${pulledImage(facts)}; if it is private, give the container repositoryCredentials, a secret that ${executionRole(facts)} may read.`
}

function referenceIn(text: string): string | undefined {
  const [, resolved, denied] = REFERENCE.exec(text) ?? []
  return resolved ?? denied
}

function hostIn(text: string): string | undefined {
  const [, asked, lookedUp] = HOST.exec(text) ?? []
  return asked ?? lookedUp
}
