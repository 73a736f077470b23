// Writes the tables of measured figures into the pages of docs, from the files of docs/data:
//   node docs/fill-tables.mjs            # writes the tables
//   node docs/fill-tables.mjs --check    # exit code 1 where a table is not what its data say
// A page has the place of a table between `<!-- table: NAME -->` and `<!-- end -->`. The data of NAME are
// docs/data/NAME.json: columns, rows, and the machine, date, commit and command of the measurement. A field that nobody
// recorded is null, and the page says so. The figures of boards come from the package `results` itself.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { BOARDS, TINY_MODELS } from '../packages/results/dist/board/boards.js'
import { measuredOverPredicted, profileOf } from '../packages/results/dist/board/profile.js'

const DOCS = fileURLToPath(new URL('.', import.meta.url))
const DATA = `${DOCS}data/`
const PLACE = /(<!-- table: ([\w-]+) -->\n)[^]*?(\n<!-- end -->)/g

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
  const list = unknown.join(', ').replace(/, (?=[^,]*$)/, ' or ')
  return [
    ...(known.length === 0 ? [] : [`We measured these figures ${known.join(', ')}.`]),
    ...(unknown.length === 0 ? [] : [`The data do not name ${list}.`]),
    command === null
      ? 'The data name no command that measures these figures again.'
      : `\`${command}\` measures these figures again.`,
  ].join(' ')
}

function tableOf({ columns: heads, rows }) {
  const wrong = rows.find((row) => row.length !== heads.length)
  if (wrong) throw new Error(`the row "${wrong.join(' | ')}" does not have ${heads.length} cells`)
  const texts = [heads.map(({ name }) => name), ...rows]
  const widths = heads.map((_, i) => Math.max(3, ...texts.map((row) => row[i].length)))
  const padded = (cell, i) => (heads[i].align === 'right' ? cell.padStart(widths[i]) : cell.padEnd(widths[i]))
  const line = (row) => `| ${row.map(padded).join(' | ')} |`
  const rule = heads.map(({ align }, i) =>
    align === 'right' ? `${'-'.repeat(widths[i] - 1)}:` : '-'.repeat(widths[i]),
  )
  return [line(texts[0]), `| ${rule.join(' | ')} |`, ...rows.map(line)].join('\n')
}

function filled(name) {
  if (Object.hasOwn(COMPUTED, name)) return tableOf(COMPUTED[name]())
  const data = JSON.parse(readFileSync(`${DATA}${name}.json`, 'utf8'))
  return `${tableOf(data)}\n\n${sourceOf(data)}`
}

const check = process.argv.includes('--check')
const used = new Set()
for (const page of readdirSync(DOCS).filter((name) => name.endsWith('.md'))) {
  const text = readFileSync(`${DOCS}${page}`, 'utf8')
  const next = text.replace(PLACE, (_, begin, name, end) => {
    used.add(name)
    return `${begin}\n${filled(name)}\n${end}`
  })
  if (next === text) continue
  if (!check) writeFileSync(`${DOCS}${page}`, next)
  else {
    console.error(`docs/${page} does not show its data: node docs/fill-tables.mjs writes its tables again`)
    process.exitCode = 1
  }
}
const unused = readdirSync(DATA).filter((file) => !used.has(file.replace('.json', '')))
if (unused.length > 0) throw new Error(`no page shows docs/data/${unused.join(', docs/data/')}`)
