import {isArray} from '../../definition/json.ts'
import {type Check, type Found, memberAt} from '../check.ts'
import type {Situation} from '../situation.ts'
import {containersIn, type Part, partIn, textsIn} from './parts.ts'
import {outOfRange} from './ranges.ts'

/** Source: API reference, HealthCheck. */
const RANGES = {
  interval: {least: 5, most: 300, unit: 'seconds'},
  timeout: {least: 2, most: 60, unit: 'seconds'},
  retries: {least: 1, most: 10, unit: ''},
  startPeriod: {least: 0, most: 300, unit: 'seconds'}
}

/** An example: the command itself may have secrets in it. */
const FIX = '"command": ["CMD-SHELL", "curl -f http://localhost:8080/health || exit 1"]'

export const healthCheck: Check = {
  name: 'health-check',
  finds: 'a health check whose numbers ECS does not take',
  level: 'error',
  needs: [],
  run: situation => checksIn(situation).flatMap(check => outOfRange(situation, check, RANGES))
}

export const healthCheckCommand: Check = {
  name: 'health-check-command',
  finds:
    'a health check that is run differently than it reads: without `CMD` or `CMD-SHELL`, with a whole command line behind `CMD`, or several texts behind `CMD-SHELL`',
  level: 'warning',
  needs: [],
  run: situation =>
    checksIn(situation).flatMap(check => [
      ...wrongBeginning(situation, check),
      ...lineBehindCmd(situation, check),
      ...wordsBehindShell(situation, check)
    ])
}

/** ECS registers such a command, and Fargate has been seen to run the program where it stands alone, as in AWS's own examples. */
function wrongBeginning({definition}: Situation, {value, path}: Part): Found[] {
  const [kind = '', ...rest] = textsIn(value['command'])
  const isProgram = rest.length === 0 && /^\S+$/.test(kind)
  if (!isArray(value['command']) || isProgram || ['CMD', 'CMD-SHELL', 'NONE'].includes(kind)) return []
  const at = [...path, 'command']
  return [
    {
      message: `${memberAt(definition, at)} begins with neither \`CMD\` nor \`CMD-SHELL\`, which say how ECS runs it, so that it may never succeed: put one of them first.`,
      path: at,
      fix: FIX
    }
  ]
}

/** Behind CMD stand the program and its arguments; there is no shell that would understand a line. */
function lineBehindCmd({definition}: Situation, {value, path}: Part): Found[] {
  const [kind, program = '', ...rest] = textsIn(value['command'])
  const isLine =
    (rest.length === 0 && /\S\s+\S/.test(program)) || rest.some(text => ['||', '&&', '|', ';'].includes(text))
  if (kind !== 'CMD' || !isLine) return []
  const at = [...path, 'command']
  return [
    {
      message: `${memberAt(definition, at)} has a command line behind \`CMD\`, where no shell reads it, so that the container stays unhealthy: write \`CMD-SHELL\`.`,
      path: at,
      fix: FIX
    }
  ]
}

/** The shell takes the first text as the command, and the others as its parameters. */
function wordsBehindShell({definition}: Situation, {value, path}: Part): Found[] {
  const [kind, ...words] = textsIn(value['command'])
  if (kind !== 'CMD-SHELL' || words.length < 2) return []
  const at = [...path, 'command']
  return [
    {
      message: `${memberAt(definition, at)} has ${words.length} texts behind \`CMD-SHELL\`, of which the shell runs only the first: write them as one.`,
      path: at,
      fix: FIX
    }
  ]
}

function checksIn(situation: Situation): Part[] {
  return containersIn(situation).flatMap(container => partIn(container, 'healthCheck'))
}
