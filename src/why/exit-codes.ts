import {constants} from 'node:os'

interface ExitCode {
  /** What it means by convention. */
  readonly words: string
  /** In a few words, for a headline. */
  readonly short?: string
  readonly advice?: string
}

/** Codes that mean the same for every program: of shells, of container runtimes and of signals. */
const EXIT_CODES: Readonly<Record<number, ExitCode>> = {
  0: {
    words: 'it finished by itself',
    short: 'finished by itself',
    advice:
      'A service wants programs that run on: keep the program in the foreground, or give the container `"essential": false` in the task definition.'
  },
  126: {
    words: 'the command cannot be executed',
    advice: 'Make the file of the `command` or `entryPoint` executable in the image (`chmod +x`).'
  },
  127: {
    words: 'command not found',
    advice:
      'Correct `command` or `entryPoint` of the container, or put the program they name, and the interpreter it needs, into the image.'
  },
  134: {words: 'it aborted: SIGABRT'},
  137: {
    words: 'killed: SIGKILL',
    advice:
      'Something killed it: if it was stopped, let it end within `stopTimeout` of SIGTERM; if not, look at the memory it uses.'
  },
  139: {
    words: 'it crashed: SIGSEGV',
    advice:
      'The program used memory that is not its own: look for native code in it, and for one built for another system.'
  },
  143: {words: 'stopped: SIGTERM'},
  255: {words: 'it failed without a code of its own'}
}

/** A signal that ends a program makes its exit code: the number of the signal and this. */
const SIGNAL = 128

/** What an exit code means, in words; `undefined` for one that only the program itself knows. Pure. */
export function exitCodeInWords(code: number): string | undefined {
  return EXIT_CODES[code]?.words ?? bySignal(code)
}

/** For a headline; `undefined` where the code has to do. Pure. */
export function exitCodeInShort(code: number): string | undefined {
  return EXIT_CODES[code]?.short
}

/** What to do about an exit code; `undefined` where only the program's log can tell. Pure. */
export function adviceForExitCode(code: number): string | undefined {
  return EXIT_CODES[code]?.advice
}

function bySignal(code: number): string | undefined {
  const name = Object.entries(constants.signals).find(([, number]) => number === code - SIGNAL)?.[0]
  return name === undefined ? undefined : `ended by a signal: ${name}`
}
