import { lstatSync, readFileSync } from 'node:fs'

/** @typedef {import('./judge.mjs').Verdict} Verdict */

const MOST_BYTES = 200_000
const MOST_LINES = 40
const MOST_CHARACTERS = 300

/**
 * Reads a verdict that the code of a pull request may have written. It accepts only a plain file of the exact form,
 * with few and short lines and with finite numbers.
 * @param {string} path
 * @returns {Verdict}
 */
export function readVerdict(path) {
  const file = lstatSync(path)
  if (!file.isFile()) throw new Error('the verdict is no plain file')
  if (file.size > MOST_BYTES)
    throw new Error(`the verdict has ${file.size} bytes: ${MOST_BYTES} are the most`)
  return checkVerdict(JSON.parse(readFileSync(path, 'utf8')))
}

/** @typedef {(value: unknown, path: string) => void} Check */

/** @type {Check} */
const text = (value, path) => {
  if (typeof value !== 'string') return fault(path, 'is no text')
  if (value.length > MOST_CHARACTERS) fault(path, 'is too long')
}
/** @type {Check} */
const count = (value, path) => {
  if (!Number.isSafeInteger(value) || /** @type {number} */ (value) < 0) fault(path, 'is no count')
}
/** @type {Check} */
const positive = (value, path) => {
  if (typeof value !== 'number' || !Number.isFinite(value) || value <= 0) fault(path, 'is no positive number')
}
/** @type {Check} */
const truth = (value, path) => {
  if (typeof value !== 'boolean') fault(path, 'is neither true nor false')
}
/** @type {(...known: readonly unknown[]) => Check} */
const oneOf =
  (...known) =>
  (value, path) => {
    if (!known.includes(value)) fault(path, 'is none of the known values')
  }
/** @type {(pattern: RegExp) => Check} */
const matching = (pattern) => (value, path) => {
  if (typeof value !== 'string' || !pattern.test(value)) fault(path, 'has another form')
}
/** @type {(item: Check, exactly?: number) => Check} */
const list = (item, exactly) => (value, path) => {
  if (!Array.isArray(value)) return fault(path, 'is no list')
  if (value.length > MOST_LINES || value.length !== (exactly ?? value.length))
    fault(path, 'has another length')
  value.forEach((one, i) => item(one, `${path}[${i}]`))
}
/** @type {(fields: Readonly<Record<string, Check>>) => Check} */
const record = (fields) => (value, path) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return fault(path, 'is no record')
  const given = Object.keys(value)
  if (given.length !== Object.keys(fields).length || !given.every((name) => Object.hasOwn(fields, name)))
    fault(path, 'has other fields')
  for (const [name, check] of Object.entries(fields))
    check(/** @type {Record<string, unknown>} */ (value)[name], `${path}.${name}`)
}

const VERDICT = record({
  version: oneOf(1),
  pull: count,
  base: matching(/^[0-9a-f]{40}$/),
  head: matching(/^[0-9a-f]{40}$/),
  machine: text,
  cells: count,
  holds: truth,
  faults: list(text),
  changes: list(record({ what: text, where: text, places: count, before: text, after: text, fails: truth })),
  times: list(
    record({
      program: text,
      device: text,
      ratio: positive,
      ci95: list(positive, 2),
      pairs: count,
      verdict: oneOf('same', 'faster', 'slower'),
    }),
  ),
  notJudged: list(text),
})

/**
 * @param {unknown} json
 * @returns {Verdict}
 */
export function checkVerdict(json) {
  VERDICT(json, 'verdict')
  return /** @type {Verdict} */ (json)
}

/** @returns {never} */
function fault(/** @type {string} */ path, /** @type {string} */ words) {
  throw new Error(`${path} ${words}`)
}
