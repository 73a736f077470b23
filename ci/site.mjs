// Builds the site for Pages: node ci/site.mjs RUNS HISTORY OUT. RUNS holds the run files of the newest sweep, which are
// added to HISTORY. OUT gets index.html, a report of the newest runs and of the latest runs before them, and the folder
// history, a copy of the whole history.
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseRun } from '../packages/results/dist/index.js'
import { addRun, entriesOf, readEntry } from './history/history.mjs'
import { octet, ROOT } from './octet.mjs'

/** The number of earlier runs in the page. All others are in the folder history. */
const SHOWN = 12

const [runs, history, out] = process.argv.slice(2)
const files = readdirSync(runs)
  .filter((name) => name.endsWith('.json'))
  .map((name) => join(runs, name))
const newest = files.map((file) => parseRun(JSON.parse(readFileSync(file, 'utf8'))))
const own = new Set(newest.map(({ run }) => run.id))
mkdirSync(history, { recursive: true })
for (const run of newest) addRun(history, run)
const folder = mkdtempSync(join(tmpdir(), 'octet-site-'))
try {
  const earlier = entriesOf(history)
    .filter(({ id }) => !own.has(id))
    .slice(-SHOWN)
    .toReversed()
    .map((entry, i) => {
      const file = join(folder, `${i}.json`)
      writeFileSync(file, JSON.stringify(readEntry(history, entry)))
      return file
    })
  octet(ROOT, 'report', ...files, ...earlier, '--out', out)
} finally {
  rmSync(folder, { recursive: true })
}
// The history may be a checkout of its branch. Its .git is not published.
for (const part of ['index.json', 'runs'])
  cpSync(join(history, part), join(out, 'history', part), { recursive: true })
