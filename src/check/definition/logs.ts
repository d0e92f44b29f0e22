import {textOf} from '../../definition/json.ts'
import {nearest} from '../../workflow/nearest.ts'
import {listed} from '../../workflow/text.ts'
import {type Check, type Found, memberAt} from '../check.ts'
import type {Situation} from '../situation.ts'
import {containersIn, isForFargate, type Part, partIn, textIn, textsIn} from './parts.ts'

/** Log drivers that ECS has elsewhere, by where it has them not. Source: API reference, LogConfiguration. */
const NOT_ON_FARGATE = ['fluentd', 'gelf', 'journald', 'json-file', 'syslog']
const NOT_ON_MANAGED_INSTANCES = ['fluentd', 'gelf', 'journald', 'syslog']

export const logDriver: Check = {
  name: 'log-driver',
  finds: 'a log driver that Fargate does not have',
  level: 'error',
  needs: [],
  run: situation =>
    isForFargate(situation)
      ? drivers(situation, NOT_ON_FARGATE, 'Fargate has only `awslogs`, `awsfirelens` and `splunk`')
      : []
}

export const logDriverManagedInstances: Check = {
  name: 'log-driver-managed-instances',
  finds: 'a log driver that ECS Managed Instances do not have',
  level: 'warning',
  needs: [],
  run: situation => {
    const wanted = textsIn(situation.definition.json['requiresCompatibilities'])
    const known = '`awslogs`, `awsfirelens`, `json-file` and `splunk`'
    return wanted.includes('MANAGED_INSTANCES')
      ? drivers(situation, NOT_ON_MANAGED_INSTANCES, `by their documentation ECS Managed Instances have only ${known}`)
      : []
  }
}

function drivers(situation: Situation, refused: readonly string[], why: string): Found[] {
  return logsOf(situation).flatMap(({value, path}) => {
    const driver = textOf(value['logDriver'])
    const at = [...path, 'logDriver']
    if (!refused.includes(driver)) return []
    return {message: `${memberAt(situation.definition, at)} is \`${driver}\`, but ${why}: choose another.`, path: at}
  })
}

export const logOptions: Check = {
  name: 'log-options',
  finds: 'options without which the log driver `awslogs` does not work',
  level: 'error',
  needs: [],
  run: situation =>
    logsOf(situation)
      .filter(({value}) => value['logDriver'] === 'awslogs')
      .flatMap(log => withoutOptions(situation, log))
}

function withoutOptions(situation: Situation, log: Part): Found[] {
  const options = partIn(log, 'options')[0]?.value ?? {}
  const prefix = isForFargate(situation) ? ['awslogs-stream-prefix'] : []
  const missing = ['awslogs-group', 'awslogs-region', ...prefix].filter(name => textIn(options[name]) === undefined)
  if (missing.length === 0) return []
  const meant = Object.keys(options).find(
    name => !OPTIONS.includes(name) && missing.includes(nearest(name, OPTIONS) ?? '')
  )
  const hint = meant === undefined ? '' : ` (it has \`${meant}\`)`
  return [
    {
      message:
        `${memberAt(situation.definition, log.path)} has the log driver \`awslogs\` without ` +
        `${listed(missing.map(name => `\`${name}\``))}${hint}, which it needs: add ${missing.length === 1 ? 'it' : 'them'} to \`options\`.`,
      path: log.path,
      fix: missing.map(name => `"${name}": "${EXAMPLES[name] ?? ''}"`).join(',\n')
    }
  ]
}

const EXAMPLES: Readonly<Record<string, string>> = {
  'awslogs-group': '/ecs/web',
  'awslogs-region': 'eu-central-1',
  'awslogs-stream-prefix': 'ecs'
}
const OPTIONS = Object.keys(EXAMPLES)

export const logMode: Check = {
  name: 'log-mode',
  finds: 'options of logs with words that Docker does not take, and two options of `awslogs` that exclude each other',
  level: 'warning',
  needs: [],
  run: situation =>
    logsOf(situation)
      .flatMap(log => partIn(log, 'options'))
      .flatMap(options => [...wrongWords(situation, options), ...exclusive(situation, options)])
}

/** The words that options take. Source: API reference, LogConfiguration. */
const WORDS: Readonly<Record<string, readonly string[]>> = {
  mode: ['blocking', 'non-blocking'],
  'awslogs-create-group': ['true', 'false']
}

function wrongWords({definition}: Situation, {value, path}: Part): Found[] {
  return Object.entries(WORDS).flatMap(([name, words]) => {
    const word = textIn(value[name])
    if (word === undefined || words.includes(word)) return []
    const at = [...path, name]
    const known = words.map(other => `\`${other}\``).join(' or ')
    return {
      message: `${memberAt(definition, at)} is neither ${known.replace(' or ', ' nor ')}, so that the container may not start: correct it.`,
      path: at
    }
  })
}

function exclusive({definition}: Situation, {value, path}: Part): Found[] {
  const names = ['awslogs-datetime-format', 'awslogs-multiline-pattern']
  if (!names.every(name => textIn(value[name]) !== undefined)) return []
  const at = [...path, 'awslogs-multiline-pattern']
  return [
    {
      message: `${memberAt(definition, at)} cannot be used together with \`awslogs-datetime-format\`: remove one of the two.`,
      path: at
    }
  ]
}

export const fireLens: Check = {
  name: 'firelens',
  finds: 'the log driver `awsfirelens` in a task without a container that has a `firelensConfiguration`',
  level: 'warning',
  needs: [],
  run: situation => {
    const hasRouter = containersIn(situation).some(({value}) => value['firelensConfiguration'] !== undefined)
    const logs = logsOf(situation).filter(({value}) => value['logDriver'] === 'awsfirelens')
    return hasRouter ? [] : logs.map(({path}) => withoutRouter(situation, path))
  }
}

function withoutRouter({definition}: Situation, path: Part['path']): Found {
  const at = [...path, 'logDriver']
  return {
    message: `${memberAt(definition, at)} is \`awsfirelens\`, but no container has a \`firelensConfiguration\`, which receives these logs: add the log router's container.`,
    path: at
  }
}

function logsOf(situation: Situation): Part[] {
  return containersIn(situation).flatMap(container => partIn(container, 'logConfiguration'))
}
