// Writes the tables of measured figures into the pages of docs, from the files of docs/data:
//   node docs/fill-tables.mjs            # writes the tables
//   node docs/fill-tables.mjs --check    # exit code 1 where a table is not what its data say
// A page has the place of a table between `<!-- table: NAME -->` and `<!-- end -->`. The data of NAME are
// docs/data/NAME.json: columns, rows, and the machine, date, commit and command of the measurement. A field that nobody
// recorded is null, and the page says so. The figures of boards come from the package `results` itself.
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { BOARDS, TINY_MODELS } from '../packages/results/dist/board/boards.js'
import { measuredOverPredicted, profileOf } from '../packages/results/dist/board/profile.js'
import { either, filled, keep, tableOf } from './markdown.mjs'

const DOCS = fileURLToPath(new URL('.', import.meta.url))
const DATA = `${DOCS}data/`

const columns = (...names) => names.map((name) => ({ name }))
const span = (values, digits) => [Math.min(...values), Math.max(...values)].map(digits).join(' to ')

/** Tables that the code itself holds, by name. */
const COMPUTED = {
  boards: () => ({
    columns: columns(
      'board',
      'pJ a multiply-add, modelled',
      'over its models',
      'measured over predicted, left out',
      'source',
    ),
    rows: Object.values(BOARDS).map((board) => [
      board.name,
      String(Number(profileOf(board).picojoulesPerMac.toPrecision(3))),
      span(
        Object.entries(board.runs).map(
          ([model, { microjoules }]) => (microjoules * 1e6) / TINY_MODELS[model].macs,
        ),
        (cost) => cost.toFixed(cost < 10 ? 1 : 0),
      ),
      span(measuredOverPredicted(board), (ratio) => ratio.toFixed(2)),
      board.source,
    ]),
  }),
}

/** Where, when and from which commit the figures come, and the command that measures them again. */
function sourceOf({ machine, date, commit, command }) {
  const facts = [
    ['machine', machine, `on ${machine}`],
    ['date', date, `on ${date}`],
    ['commit', commit, `at commit ${commit}`],
  ]
  const known = facts.flatMap(([, value, words]) => (value === null ? [] : [words]))
  const unknown = facts.flatMap(([name, value]) => (value === null ? [`the ${name}`] : []))
  return [
    ...(known.length === 0 ? [] : [`We measured these figures ${known.join(', ')}.`]),
    ...(unknown.length === 0 ? [] : [`The data do not name ${either(unknown)}.`]),
    command === null
      ? 'The data name no command that measures these figures again.'
      : `\`${command}\` measures these figures again.`,
  ].join(' ')
}

function shown({ columns: heads, rows }) {
  return tableOf([heads.map(({ name }) => name), ...rows], (column) => heads[column].align === 'right')
}

function textOf(name) {
  if (Object.hasOwn(COMPUTED, name)) return shown(COMPUTED[name]())
  const data = JSON.parse(readFileSync(`${DATA}${name}.json`, 'utf8'))
  return `${shown(data)}\n\n${sourceOf(data)}`
}

const used = new Set()
const pages = readdirSync(DOCS)
  .filter((name) => name.endsWith('.md'))
  .map((name) => {
    const page = filled(readFileSync(DOCS + name, 'utf8'), 'table', (table) => {
      used.add(table)
      return `\n${textOf(table)}\n`
    })
    return [DOCS + name, page]
  })
keep(pages, 'node docs/fill-tables.mjs')
const unused = readdirSync(DATA).filter((file) => !used.has(file.replace('.json', '')))
if (unused.length > 0) throw new Error(`no page shows docs/data/${unused.join(', docs/data/')}`)
