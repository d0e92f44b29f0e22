import {AwsError} from '../service.ts'

/** ECS's general refusal. */
export function clientException(message: string): AwsError {
  return new AwsError('ClientException', message)
}

/** ECS's refusal of a parameter's value. */
export function invalidParameter(message: string): AwsError {
  return new AwsError('InvalidParameterException', message)
}

/** Refuses what this emulator does not play, rather than to play it wrong. */
export function notPlayed(what: string): AwsError {
  return new AwsError('UnsupportedFeatureException', `${what} is not part of this emulator.`)
}
