import type {Definition} from '../../definition/definition.ts'
import {isObject, type JsonPath} from '../../definition/json.ts'
import type {ImagePlan} from '../../image/index.ts'
import {listed} from '../../workflow/text.ts'
import {type Check, memberAt} from '../check.ts'
import {platformsOf} from '../platform.ts'

/**
 * "image Manifest does not contain descriptor matching platform", or on an instance "exec format error" (Amazon ECS
 * Developer Guide, stopped task errors): no task of the revision starts.
 */
export const imagePlatform: Check = {
  name: 'image-platform',
  finds: 'an image that is built or given for another platform than the definition asks for',
  level: 'error',
  needs: ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
  run: ({service, definition, image}) => {
    const [wanted] = platformsOf([{service, definition}])
    const platforms = image && platformsIn(image)
    if (image === undefined || platforms === undefined || wanted === undefined) return []
    if (platforms.some(platform => platform === wanted || platform.startsWith(`${wanted}/`))) return []
    const path = pathOf(definition)
    const subject =
      image.kind === 'given'
        ? `The image ${image.image.reference} is for ${listed(platforms)}`
        : `The input \`platforms\` has the image built for ${listed(platforms)}`
    const advice =
      image.kind === 'given'
        ? `give one that is for ${wanted}, or change \`runtimePlatform\``
        : 'leave `platforms` out, which builds what the definition asks for, or change `runtimePlatform`'
    return [{path, message: `${subject}, but ${demand(definition, path, wanted)}, so no task would start: ${advice}.`}]
  }
}

/** @returns `undefined` when it is not known, or not in words that are understood */
function platformsIn(image: ImagePlan): readonly string[] | undefined {
  const platforms = image.kind === 'given' ? image.platforms : image.build.platforms.map(inWordsOfEcs)
  const isUnderstood = platforms?.every(platform => /^(linux|windows)\/\w+/.test(platform)) === true
  return isUnderstood && platforms.length > 0 ? platforms : undefined
}

/** Builders take the kernel's names of processors, too. */
function inWordsOfEcs(platform: string): string {
  return platform.toLowerCase().replace('/x86_64', '/amd64').replace('/x86-64', '/amd64').replace('/aarch64', '/arm64')
}

function pathOf({json}: Definition): JsonPath {
  const platform = json['runtimePlatform']
  if (!isObject(platform)) return ['requiresCompatibilities']
  return platform['cpuArchitecture'] === undefined ? ['runtimePlatform'] : ['runtimePlatform', 'cpuArchitecture']
}

function demand(definition: Definition, path: JsonPath, wanted: string): string {
  return path[0] === 'runtimePlatform'
    ? `${memberAt(definition, path)} asks for ${wanted}`
    : `without \`runtimePlatform\` Fargate runs ${definition.name} on ${wanted}`
}
