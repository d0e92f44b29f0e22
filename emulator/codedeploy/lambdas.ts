import {isRecord} from '../protocol/shape.ts'

/** What a Lambda function does as a hook: it answers after some seconds, never, or may not be called. */
export interface LambdaBehaviour {
  readonly answer: 'Succeeded' | 'Failed' | 'never' | 'denied'
  /** Default 5. */
  readonly afterSeconds?: number
}

/** What Lambda functions do as hooks, by name; one that nobody set succeeds. */
export class Lambdas {
  readonly #behaviours = new Map<string, LambdaBehaviour>()

  set(name: string, behaviour: LambdaBehaviour): void {
    this.#behaviours.set(name, behaviour)
  }

  /** By name or ARN. */
  of(reference: string): Required<LambdaBehaviour> {
    const name = reference.split(':').at(-1) ?? ''
    return {afterSeconds: 5, answer: 'Succeeded', ...this.#behaviours.get(name)}
  }
}

const answers: readonly string[] = ['Succeeded', 'Failed', 'never', 'denied'] satisfies LambdaBehaviour['answer'][]

/** What the control API sets: `{name, answer, afterSeconds}`. @throws TypeError for what it cannot use */
export function lambdaBehaviour(body: unknown): {name: string; behaviour: LambdaBehaviour} {
  const {name, answer, afterSeconds = 5} = isRecord(body) ? body : {}
  if (typeof name !== 'string' || typeof answer !== 'string' || !answers.includes(answer)) {
    throw new TypeError(`lambda takes a name and an answer: ${answers.join(', ')}.`)
  }
  if (typeof afterSeconds !== 'number' || !(afterSeconds >= 0)) throw new TypeError('afterSeconds is a number from 0.')
  return {name, behaviour: {answer: answer as LambdaBehaviour['answer'], afterSeconds}}
}
