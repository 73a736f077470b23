// Lists the fields of a results file, in docs/results-file.md, from the schemas of the package `results`:
//   node docs/list-fields.mjs            # writes the list
//   node docs/list-fields.mjs --check    # exit code 1 where the list is not what the schemas say
// The types come from the schemas as the built package has them. The meanings come from the docstrings of the source,
// which the script reads as a syntax tree. A field of a schema without its place in the source stops the script.
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { RunSchema, SCHEMA } from '../packages/results/dist/run/run.js'
import { either, filled, keep, tableOf } from './markdown.mjs'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const PAGE = `${ROOT}docs/results-file.md`
const SOURCE = `${ROOT}packages/results/src/run/`
// TypeScript 7 has no syntax trees for JavaScript. The site's package has the TypeScript that TypeDoc needs.
const ts = createRequire(`${ROOT}apps/docs/package.json`)('typescript')

/** Units by the names of fields. */
const UNITS = [
  [/(^n|N)s$/, 'ns'],
  [/(^b|B)ytes$/, 'bytes'],
  [/Db$/, 'dB'],
  [/^joules$/, 'J'],
  [/^seconds$/, 's'],
  [/(^m|M)acs$/, 'multiply-adds'],
  [/^gops$/, '10^9 operations/s'],
  [/^gbps$/, '10^9 bytes/s'],
]

/** Top-level constants of the source, by name. */
const constants = new Map()
for (const file of readdirSync(SOURCE)) {
  const tree = ts.createSourceFile(file, readFileSync(SOURCE + file, 'utf8'), ts.ScriptTarget.Latest, true)
  for (const statement of tree.statements.filter(ts.isVariableStatement))
    for (const { name, initializer } of statement.declarationList.declarations) {
      if (constants.has(name.text)) throw new Error(`two files of ${SOURCE} have a constant ${name.text}`)
      constants.set(name.text, { value: initializer, meaning: meaningOf(statement) })
    }
}

/** The docstring of a declaration or a property, on one line. */
function meaningOf(node) {
  const docs = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc)
  return docs
    .map(({ comment }) => ts.getTextOfJSDocComment(comment) ?? '')
    .join(' ')
    .replaceAll(/\s+/g, ' ')
}

/** The object literals that describe the fields of a schema: several where it has variants. */
function literalsOf(node) {
  if (ts.isAsExpression(node)) return literalsOf(node.expression)
  if (ts.isObjectLiteralExpression(node)) return [node]
  if (ts.isIdentifier(node)) {
    const constant = constants.get(node.text)
    return constant === undefined ? [] : literalsOf(constant.value)
  }
  if (ts.isArrayLiteralExpression(node)) return node.elements.flatMap(literalsOf)
  if (ts.isPropertyAccessExpression(node)) {
    const [literal] = literalsOf(node.expression)
    if (literal === undefined) return []
    if (node.name.text === 'entries') return [literal]
    const field = fieldsOf(literal).get(node.name.text)
    return field === undefined ? [] : literalsOf(field.value)
  }
  return ts.isCallExpression(node) ? node.arguments.flatMap(literalsOf) : []
}

/** The properties of an object literal and of those that it spreads, by name. */
function fieldsOf(literal) {
  const fields = new Map()
  for (const property of literal.properties) {
    const spread = ts.isSpreadAssignment(property) ? literalsOf(property.expression) : []
    for (const of of spread) for (const [name, field] of fieldsOf(of)) fields.set(name, field)
    if (ts.isSpreadAssignment(property)) continue
    const value = property.initializer ?? property.name
    fields.set(property.name.text, { value, meaning: meaningOf(property) })
  }
  return fields
}

/** The name of the constant that a field refers to, if that constant describes a record. */
function namedIn(node) {
  if (ts.isIdentifier(node))
    return node.text.endsWith('Schema') && literalsOf(node).length > 0 ? node.text : undefined
  if (!ts.isCallExpression(node)) return undefined
  return node.arguments.map(namedIn).find((name) => name !== undefined)
}

const titleOf = (name) => name.replace(/Schema$/, '')
const actions = (schema) => new Map((schema.pipe ?? []).map((one) => [one.type, one.requirement]))

/** The type of a schema in words. `inner` names its record. */
function typeOf(schema, inner) {
  const more = actions(schema)
  switch (schema.type) {
    case 'exact_optional':
      return `${typeOf(schema.wrapped, inner)}, optional`
    case 'nullable':
      return `${typeOf(schema.wrapped, inner)} or null`
    case 'array':
      return `list of ${typeOf(schema.item, inner)}`
    case 'record':
      return `by name: ${typeOf(schema.value, inner)}`
    case 'tuple':
      return `[${schema.items.map((item) => typeOf(item, inner)).join(', ')}]`
    case 'union':
      return either(schema.options.map((option) => typeOf(option, inner)))
    case 'picklist':
      return either(schema.options.map((option) => `\`${option}\``))
    case 'literal':
      return `\`${schema.literal}\``
    case 'boolean':
      return 'yes or no'
    case 'string':
      return more.has('iso_timestamp') ? 'time' : 'text'
    case 'number':
      if (more.has('max_value')) return `number from ${more.get('min_value')} to ${more.get('max_value')}`
      if (more.has('integer')) return more.has('min_value') ? 'count' : 'whole number'
      if (more.has('gt_value')) return `number above ${more.get('gt_value')}, below ${more.get('lt_value')}`
      return more.has('min_value') ? `number, at least ${more.get('min_value')}` : 'number'
    case 'object':
    case 'strict_object':
    case 'variant':
      return inner === undefined ? 'record' : `[${titleOf(inner)}](#${titleOf(inner).toLowerCase()})`
  }
  throw new Error(`there are no words for the schema ${schema.type}`)
}

/** The record or the variants inside a schema, or undefined. */
function recordIn(schema) {
  const inside = schema.wrapped ?? schema.item ?? (schema.type === 'record' ? schema.value : undefined)
  if (inside !== undefined) return recordIn(inside)
  return /^(strict_)?object$|^variant$/.test(schema.type) ? schema : undefined
}

const sections = new Map()

/** The rows of a record: [field, type, unit, meaning]. Records without a name follow their field. */
function rowsOf(schema, literals, prefix = '') {
  const options = schema.type === 'variant' ? schema.options : [schema]
  if (literals.length !== options.length)
    throw new Error(`${prefix} has ${options.length} variants, not ${literals.length}`)
  const tag = schema.key
  const rows = new Map()
  for (const [i, option] of options.entries()) {
    const fields = fieldsOf(literals[i])
    for (const [name, entry] of Object.entries(option.entries)) {
      const field = fields.get(name)
      if (field === undefined) throw new Error(`the source does not show the field ${prefix}${name}`)
      const named = namedIn(field.value)
      const inner = recordIn(entry)
      const path = prefix + name
      const unit = UNITS.find(([pattern]) => pattern.test(name) || pattern.test(path))?.[1] ?? ''
      const meaning = field.meaning || (named === undefined ? '' : constants.get(named).meaning)
      // The field that tells variants apart has one row, with the values of all variants.
      const values = options.map((one) => one.entries[name]?.literal)
      const type = name === tag ? either(values.map((one) => `\`${one}\``)) : typeOf(entry, named)
      const cells = [`\`${path}\``, type, unit, name === tag ? 'It decides which fields follow.' : meaning]
      const known = rows.get(cells.join('|')) ?? { cells, of: [], below: [] }
      rows.set(cells.join('|'), known)
      if (tag !== undefined) known.of.push(option.entries[tag].literal)
      if (inner === undefined) continue
      if (named !== undefined) section(named, inner)
      else known.below = rowsOf(inner, literalsOf(field.value), `${path}.`)
    }
  }
  const listed = []
  for (const { cells, of, below } of rows.values()) {
    const [path, type, unit, meaning] = cells
    const isPart = tag !== undefined && of.length < options.length
    const where = isPart ? `If \`${tag}\` is ${either(of.map((one) => `\`${one}\``))}. ` : ''
    listed.push([path, type, unit, (where + meaning).trim()], ...below)
  }
  return listed
}

/** Adds the section of a named record. */
function section(name, schema) {
  if (sections.has(name)) return
  sections.set(name, undefined)
  const { value, meaning } = constants.get(name)
  sections.set(name, { meaning, rows: rowsOf(schema, literalsOf(value)) })
}

function fieldsTable(rows) {
  return tableOf(
    [['field', 'type', 'unit', 'meaning'], ...rows].map((row) =>
      row.map((cell) => cell.replaceAll('|', String.raw`\|`)),
    ),
  )
}

section('RunSchema', RunSchema)
const list = [
  `The schema has version ${SCHEMA}.`,
  ...[...sections].flatMap(([name, { meaning, rows }]) => [
    `## ${titleOf(name)}`,
    meaning,
    fieldsTable(rows),
  ]),
]
  .filter((part) => part !== '')
  .join('\n\n')

const text = readFileSync(PAGE, 'utf8')
if (!text.includes('<!-- fields: run -->'))
  throw new Error('docs/results-file.md has no place for the list of fields')
keep([[PAGE, filled(text, 'fields', () => `\n${list}\n`)]], 'node docs/list-fields.mjs')
