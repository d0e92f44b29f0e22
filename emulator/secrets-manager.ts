import {createHash} from 'node:crypto'
import * as sdk from '@aws-sdk/client-secrets-manager'
import {AwsError, operationOf, type AwsService, type Call} from './service.ts'

/** What a secret is made of. */
export interface SecretSettings {
  readonly name: string
  /** Default: the emulator's. */
  readonly region?: string
  /** The six characters that Secrets Manager puts behind the name in the ARN; made of the name by default. */
  readonly suffix?: string
  /** The staging labels of its only version, default `AWSCURRENT`; none for a secret that never had a value. */
  readonly stages?: readonly string[]
  /** When it was marked for deletion, in milliseconds since 1970. */
  readonly deletedAt?: number
}

interface Secret extends Required<Omit<SecretSettings, 'deletedAt'>>, Pick<SecretSettings, 'deletedAt'> {
  readonly arn: string
}

/** The secrets of an account, without their values. */
export class Secrets {
  readonly #region: string
  readonly #account: string
  readonly #secrets = new Map<string, Secret>()

  constructor({region, account}: {region: string; account: string}) {
    this.#region = region
    this.#account = account
  }

  /** Makes a secret; a second one of the same ARN replaces the first. @returns its ARN */
  create(settings: SecretSettings): string {
    const {name, region = this.#region, stages = ['AWSCURRENT']} = settings
    const suffix = settings.suffix ?? createHash('sha256').update(name).digest('hex').slice(0, 6)
    const arn = `arn:aws:secretsmanager:${region}:${this.#account}:secret:${name}-${suffix}`
    this.#secrets.set(arn, {...settings, region, suffix, stages, arn})
    return arn
  }

  /** By ARN, with or without the six characters at its end, or by name. */
  find(id: string, inRegion: string): Secret | undefined {
    return [...this.#secrets.values()].find(
      ({arn, name, region, suffix}) => region === inRegion && [arn, arn.slice(0, -suffix.length - 1), name].includes(id)
    )
  }
}

/** Secrets Manager, as far as a release looks at it: what is known of a secret, never its value. */
export function createSecretsManager(secrets: Secrets): AwsService {
  return {
    name: 'secretsmanager',
    protocol: {kind: 'json', targetPrefix: 'secretsmanager', contentType: 'application/x-amz-json-1.1'},
    operations: {
      DescribeSecret: operationOf(
        sdk.DescribeSecret$,
        (input: sdk.DescribeSecretRequest, call): sdk.DescribeSecretResponse => describeSecret(secrets, input, call)
      )
    }
  }
}

/** @throws AwsError ResourceNotFoundException */
function describeSecret(
  secrets: Secrets,
  {SecretId = ''}: sdk.DescribeSecretRequest,
  {region}: Call
): sdk.DescribeSecretResponse {
  const secret = secrets.find(SecretId, region)
  if (secret === undefined) {
    throw new AwsError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.")
  }
  const {arn, name, stages, deletedAt} = secret
  const version = createHash('sha256').update(arn).digest('hex').slice(0, 32)
  return {
    ARN: arn,
    Name: name,
    ...(stages.length > 0 && {VersionIdsToStages: {[version]: [...stages]}}),
    ...(deletedAt !== undefined && {DeletedDate: new Date(deletedAt)})
  }
}
