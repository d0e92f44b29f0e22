import {type Check, type Found, memberAt} from '../../check.ts'
import type {Situation} from '../../situation.ts'
import {PARAMETER_ACTION, SECRET_ACTION, type SecretSeen} from './gather.ts'
import {type ManagedSecret, secretReferences} from './reference.ts'

/** The agent: "an invalid ARN format for the AWS Secrets Manager secret was specified". */
export const secretArn: Check = {
  name: 'secret-arn',
  finds: 'the ARN of a secret with the wrong number of parts behind it',
  level: 'error',
  needs: [],
  run: ({definition}) =>
    secretReferences(definition.json)
      .filter(({names}) => names.kind === 'malformed')
      .map(({path}) => ({
        path,
        message:
          `${memberAt(definition, path)} is the ARN of a secret with the wrong number of parts behind it, so that no task ` +
          'could start: behind the ARN stands nothing, or `:json-key:version-stage:version-id`, of which each may be empty ' +
          'but none may be left out.',
        fix: '"valueFrom": "arn:aws:secretsmanager:eu-central-1:111122223333:secret:web-AbCdEf:json-key::"'
      }))
}

/** "ResourceInitializationError: unable to pull secrets or registry auth" for every task. */
export const secretExists: Check = {
  name: 'secret',
  finds:
    'a secret of Secrets Manager that does not exist, is being deleted, or has no version of the stage that is asked for',
  level: 'error',
  needs: [SECRET_ACTION],
  run: situation => secretsSeen(situation, found => faultOf(found) ?? [])
}

/** What is read from a secret that never had a value fails like one that does not exist. */
export const secretValue: Check = {
  name: 'secret-value',
  finds: 'a secret that was made without a value',
  level: 'warning',
  needs: [SECRET_ACTION],
  run: situation =>
    secretsSeen(situation, ({id, exists, deletedAt, stages}) =>
      exists && deletedAt === undefined && stages === undefined
        ? `names the secret ${nameOf(id)}, which has no value yet: no task could start; put a value into it.`
        : []
    )
}

type Secret = SecretSeen & Pick<ManagedSecret, 'id' | 'stage' | 'version'>

function secretsSeen(
  {definition, secrets = []}: Situation,
  sentence: (secret: Secret) => string | readonly []
): Found[] {
  return secrets.flatMap(seen => {
    const {path, names} = seen.reference
    if (names.kind !== 'secret') return []
    const rest = sentence({...seen, ...names})
    return typeof rest === 'string' ? [{path, message: `${memberAt(definition, path)} ${rest}`}] : []
  })
}

function faultOf({id, stage, version, exists, deletedAt, stages}: Secret): string | undefined {
  const secret = `names the secret ${nameOf(id)}`
  if (!exists) return `${secret}, which does not exist: no task could start; create it, or correct the name.`
  if (deletedAt !== undefined) {
    return `${secret}, which is marked for deletion and cannot be read any more: no task could start; restore it, or name another.`
  }
  if (version !== undefined || stages === undefined || stages.includes(stage)) return undefined
  return `${secret} with the version stage ${stage}, which no version of it has: no task could start; correct the stage.`
}

/** `web-database` of `arn:…:secret:web-database-AbCdEf` as it is named, with what Secrets Manager puts behind it. */
function nameOf(id: string): string {
  return `\`${id.split(':').pop() ?? id}\``
}

/** "ResourceInitializationError: unable to retrieve secrets from ssm" for every task. */
export const parameterExists: Check = {
  name: 'parameter',
  finds: 'a parameter of Systems Manager that does not exist',
  level: 'error',
  needs: [PARAMETER_ACTION],
  run: ({definition, secrets = []}) =>
    secrets.flatMap(({reference: {path, names}, exists}) => {
      if (exists || names.kind !== 'parameter') return []
      // A bare name may be a secret that was put there by mistake.
      const which = names.isArn ? `the parameter \`${names.names.at(-1) ?? ''}\`` : 'a parameter of Systems Manager'
      return [
        {
          path,
          message:
            `${memberAt(definition, path)} names ${which}, which does not exist in the region` +
            `${names.region === undefined ? ' of the service' : ` ${names.region}`}: no task could start; create it, or ` +
            `correct the name${names.isArn ? '' : '; a secret of Secrets Manager is named by its ARN'}.`
        }
      ]
    })
}
