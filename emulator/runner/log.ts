import {commandIn, type Command} from './commands.ts'

/** A step's log while it grows. */
export interface StepLog {
  /** Takes a line of output. */
  readonly add: (line: string) => void
  /** Every line as it came. */
  readonly lines: readonly string[]
  /** Every line as a user sees it. */
  readonly shown: readonly string[]
  readonly commands: readonly Command[]
  readonly masks: readonly string[]
}

/**
 * Carries out the workflow commands in a step's output as the runner does: annotations are named, groups marked, secrets
 * starred from then on, `stop-commands` obeyed.
 * @param onLine gets each line as a user sees it
 * @param hidden what earlier steps of the job hid
 */
export function stepLog(onLine: (line: string) => void, debug: boolean, hidden: readonly string[] = []): StepLog {
  const lines: string[] = []
  const shown: string[] = []
  const commands: Command[] = []
  const masks: string[] = [...hidden]
  let stopToken: string | undefined

  const show = (line: string): void => {
    const starred = masks.reduce((text, mask) => text.replaceAll(mask, '***'), line)
    shown.push(starred)
    onLine(starred)
  }
  const add = (line: string): void => {
    lines.push(line)
    const command = commandIn(line, stopToken)
    if (command === undefined || (stopToken !== undefined && command.name !== stopToken)) {
      show(line)
      return
    }
    if (command.name === stopToken) {
      stopToken = undefined
      return
    }
    commands.push(command)
    if (command.name === 'stop-commands') stopToken = command.data
    if (command.name === 'add-mask') masks.push(...maskedBy(command.data))
    for (const text of shownFor(command, debug)) show(text)
  }
  return {add, lines, shown, commands, masks}
}

/** The value and each of its lines. The runner also stars encodings of them, such as base64; this one does not. */
function maskedBy(value: string): string[] {
  return [...new Set([value, ...value.split(/\r?\n/)])].filter(part => part !== '')
}

function shownFor({name, data}: Command, debug: boolean): string[] {
  switch (name) {
    case 'error':
      return `Error: ${data}`.split('\n')
    case 'warning':
      return `Warning: ${data}`.split('\n')
    case 'notice':
      return `Notice: ${data}`.split('\n')
    case 'group':
      return [`▼ ${data}`]
    case 'debug':
      return debug ? [`##[debug]${data}`] : []
    default:
      return []
  }
}
