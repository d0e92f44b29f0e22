import {isObject, type Json, type JsonPath, textOf} from '../../definition/json.ts'
import {bounded, listed, oneLine} from '../../workflow/text.ts'
import {type Check, type Found, memberAt} from '../check.ts'
import type {Situation} from '../situation.ts'
import {containersIn, type Part, partIn, partsIn, textIn} from './parts.ts'

export const plaintextSecrets: Check = {
  name: 'plaintext-secret',
  finds: 'environment variables and options of logs that look like passwords, tokens or keys; the value is never shown',
  level: 'warning',
  needs: [],
  run: situation =>
    containersIn(situation).flatMap(container => [...variables(situation, container), ...options(situation, container)])
}

interface Named {
  readonly name: string
  readonly path: JsonPath
}

function variables(situation: Situation, container: Part): Found[] {
  const found = partsIn(container, 'environment').flatMap(({value, path}) => {
    const name = textOf(value['name'])
    return isSecret(name, value['value']) ? [{name, path: [...path, 'value']}] : []
  })
  return tell(situation, [...container.path, 'environment'], found, 'secrets')
}

function options(situation: Situation, container: Part): Found[] {
  return partIn(container, 'logConfiguration').flatMap(log =>
    partIn(log, 'options').flatMap(({value, path}) => {
      const found = Object.keys(value).filter(name => isSecret(name, value[name]))
      const named = found.map(name => ({name, path: [...path, name]}))
      return tell(situation, path, named, 'secretOptions')
    })
  )
}

/** One finding for all of a list: there may be many, and what to do is the same. */
function tell(situation: Situation, list: JsonPath, found: readonly Named[], instead: string): Found[] {
  const [first] = found
  if (first === undefined) return []
  const {definition} = situation
  const lineOf = ({path}: Named) => {
    const line = definition.locate(path)?.line
    return line === undefined ? '' : ` (line ${line})`
  }
  const names = listed(found.map(named => `\`${shown(named.name)}\`${lineOf(named)}`))
  const [what, them] = found.length === 1 ? ['what looks like a secret', 'it'] : ['what look like secrets', 'them']
  return [
    {
      message:
        `${memberAt(definition, list)} has ${what} in plain text, ${names}, which everybody sees who may read the repository or the ` +
        `task definition: store ${them} in Secrets Manager or Systems Manager, and name ${them} in \`${instead}\`.`,
      path: first.path,
      fix: `"${instead}": [\n${found.map(({name}) => `  ${entry(situation, name)}`).join(',\n')}\n]`
    }
  ]
}

/** The secret in the account and region of the service. */
function entry({service}: Situation, name: string): string {
  const [, partition = 'aws', , region = 'eu-central-1', account = '111122223333'] =
    service?.serviceArn?.split(':') ?? []
  const family = lowerCase(service?.serviceName ?? 'web')
  const valueFrom = `arn:${partition}:secretsmanager:${region}:${account}:secret:${family}/${lowerCase(shown(name))}`
  return JSON.stringify({name: shown(name), valueFrom}).replace(/([:,])"/g, '$1 "')
}

function lowerCase(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]+/g, '-')
}

function shown(name: string): string {
  return bounded(oneLine(name), 80)
}

function isSecret(name: string, value: Json | undefined): boolean {
  const text = textIn(isObject(value) ? undefined : value)?.trim()
  if (text === undefined || isPlaceholder(text)) return false
  const words = wordsOf(name)
  if (words.some(word => PUBLIC.includes(word))) return false
  return SHAPES.some(shape => shape.test(text)) || hasPassword(text) || (namesSecret(words) && mayBeSecret(text))
}

/** `DB_PASSWORD`, `dbPassword` and `Db__Password` are `db`, `password`. */
function wordsOf(name: string): string[] {
  return name
    .replace(/([a-z\d])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[^a-z\d]+/)
    .filter(word => word !== '')
}

/** Words of names whose values are for everybody, such as NEXT_PUBLIC_API_KEY and what goes into the code of a web page. */
const PUBLIC = ['public', 'publishable', 'anon', 'vite']

/** What a key opens, in names such as API_KEY. */
const KEYS = ['access', 'api', 'app', 'auth', 'enc', 'encryption', 'master', 'private', 'role', 'secret', 'signing']

/** Whether the name ends in what only secrets are called: TOKEN_URL, SECRET_ARN and PASSWORD_MIN_LENGTH are none. */
function namesSecret(words: readonly string[]): boolean {
  const last = words.at(-1) ?? ''
  const before = words.at(-2)
  if (/(password|passwd|passphrase|secret|apikey)$/.test(last)) return true
  if (before === undefined) return false
  return ['pass', 'pwd', 'token'].includes(last) || (/^keys?$/.test(last) && KEYS.includes(before))
}

/** Values that are certainly no secrets: switches and numbers, where something is found, and what stands for nothing. */
const HARMLESS = [
  /^(true|false|yes|no|on|off|none|null|undefined|dummy|fake|test)$/i,
  /^\d{1,5}$/,
  /^(.)\1*$/,
  /^(arn:|https?:\/\/|s3:\/\/|ssm:|vault:|file:)/,
  /^\.{0,2}(\/[\w.-]+){2,}\/?$/
]

function mayBeSecret(text: string): boolean {
  return !HARMLESS.some(form => form.test(text))
}

/** What another tool or the program itself fills in. */
function isPlaceholder(text: string): boolean {
  return /^(\$\{.*\}|\$\(.*\)|\$\w+|<.*>|\{\{.*\}\}|%\w+%)$/.test(text)
}

/** What only secrets look like, whatever the variable is called. */
const SHAPES = [
  /^(AKIA|ASIA)[A-Z2-7]{16}$/,
  /^(gh[pousr]_\w{30,}|github_pat_\w{30,}|glpat-[\w-]{20,}|npm_\w{36}|dckr_pat_[\w-]{20,})$/,
  /^(xox[abeprs]-[\w-]{10,}|https:\/\/hooks\.slack\.com\/services\/.+|https:\/\/discord(app)?\.com\/api\/webhooks\/.+)$/,
  /^([rs]k_live_\w{16,}|sk-[\w-]{20,}|whsec_\w{20,}|SG\.[\w-]{16,}\.[\w-]{16,})$/,
  /^eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}$/,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----/
]

/** The password in a URL, such as `postgres://user:password@host`, or in a connection string. */
const PASSWORDS = [
  /^[a-z][\w+.-]*:\/\/[^\s/:@?#]*:([^\s/@?#]+)@/i,
  /[?&;](?:password|pwd)=([^&;\s]+)/i,
  /^(?:[^;]*=[^;]*;)*\s*(?:password|pwd|accountkey)\s*=\s*([^;]+)/i
]

function hasPassword(text: string): boolean {
  return PASSWORDS.some(form => {
    const password = form.exec(text)?.[1]?.trim()
    return password !== undefined && password !== '' && !isPlaceholder(password)
  })
}
