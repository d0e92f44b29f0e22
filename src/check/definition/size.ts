import type {Check} from '../check.ts'

/** ECS's limit for a whole definition; its quotas say 64 KiB. */
const MOST_BYTES = 64 * 1024

export const definitionSize: Check = {
  name: 'definition-size',
  finds: 'a task definition that is larger than ECS takes',
  level: 'error',
  needs: [],
  run: ({definition: {json, name}}) => {
    const bytes = Buffer.byteLength(JSON.stringify(json))
    if (bytes <= MOST_BYTES) return []
    return [
      {
        message:
          `The task definition \`${name}\` has ${bytes} bytes when rendered, but ECS takes no more than ${MOST_BYTES}: ` +
          'move environment variables into `environmentFiles` or secrets, and long commands into the image.'
      }
    ]
  }
}
