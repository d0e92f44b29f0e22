import {bounded} from '../workflow/text.ts'
import type {Leaf} from './leaves.ts'
import {isArray, isObject, textOf} from './json.ts'

/** Stands for a value that may be a secret. */
export const HIDDEN = '(hidden)'

/** Longer values are cut: what has changed is seen at their beginning, or it is looked up. */
const LONGEST = 200

/** Values that give nothing away, whatever they are for. */
const HARMLESS = [
  /^$/,
  /^(?:true|false|yes|no|on|off|enabled|disabled|none|null|default|always|never|auto)$/i,
  // Numbers, sizes, durations, percentages.
  /^-?\d{1,6}(?:\.\d{1,3})?\s?(?:ms|s|m|h|d|k|kb|kib|m|mb|mib|g|gb|gib|%)?$/i,
  // Versions and dates.
  /^v?\d{1,4}(?:\.\d{1,4}){1,3}(?:-(?:alpha|beta|rc|snapshot)(?:\.?\d{1,3})?)?$/i,
  /^\d{4}-\d{2}-\d{2}$/,
  /^(?:trace|debug|verbose|info|notice|warn|warning|error|critical|fatal|silent)$/i,
  /^(?:dev|develop|development|test|testing|ci|qa|uat|integration|sandbox|preview|stage|staging|prod|production|live|local)$/i,
  /^(?:json|text|plain|utf-?8|utc|http|https|tcp|udp|grpc|localhost|0\.0\.0\.0|127\.0\.0\.1)$/i,
  // Regions of AWS.
  /^(?:[a-z]{2,4})(?:-gov|-iso[a-z]?)?-(?:central|north|south|east|west|northeast|northwest|southeast|southwest)-\d$/
]

const SECRET_NAME =
  /pass|pwd|secret|token|key|credential|auth|salt|cookie|private|signature|session|dsn|connection|license|(?:^|[^a-z])pin(?:[^a-z]|$)/i

/** Something that is given a password, an address with one in it, and what keys and tokens of many services look like. */
const SECRET_TEXT = [
  /(?:pass(?:word|wd|phrase)?|pwd|secret|token|api[-_]?key|access[-_]?key|credentials?|authorization)["']?\s*[=:,\s]\s*\S/i,
  /:\/\/[^\s/@]*:[^\s/@]+@/,
  /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|\bgh[a-z]_\w{20,}|\bgithub_pat_|\bxox[a-z]-|\b[rs]k_(?:live|test)_|\bglpat-|\beyJ[\w-]{10,}/,
  /-----BEGIN|hooks\.slack\.com\/services/,
  /(?<![\w+=])(?=[\w+=]*\d)(?=[\w+=]*[A-Za-z])[\w+=]{32,}/
]

/** Members whose values only name something. */
const REFERENCES = /(?:^|\.)(?:credentialsParameter|dependsOn|family|image|secretOptions|secrets)$/

/**
 * The value of a field for people: texts as they are, lists as JSON. Values of environment variables are hidden unless they
 * are plainly harmless, others where their name or what they look like speaks of a secret. Pure.
 */
export function shownValue(leaf: Leaf): string {
  return mayBeShown(leaf) ? bounded(textOf(leaf.value), LONGEST) : HIDDEN
}

function mayBeShown({members, name, value}: Leaf): boolean {
  if (members.endsWith('.environment'))
    return !SECRET_NAME.test(name) && HARMLESS.some(form => form.test(textOf(value)))
  if (typeof value === 'number' || typeof value === 'boolean' || isObject(value) || REFERENCES.test(members))
    return true
  // A flag and its argument are two items of a list.
  const text = isArray(value) ? value.map(textOf).join(' ') : textOf(value)
  return text.startsWith('arn:') || (!SECRET_NAME.test(name) && !SECRET_TEXT.some(form => form.test(text)))
}
