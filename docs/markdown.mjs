// What the scripts share that write tables into Markdown pages.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

/**
 * A table with padded cells. `aligned` has the columns, by number, whose cells stand at the right.
 * @param {readonly (readonly string[])[]} rows the head, then the body
 * @param {(column: number) => boolean} [aligned]
 */
export function tableOf(rows, aligned = () => false) {
  const wrong = rows.find((row) => row.length !== rows[0].length)
  if (wrong) throw new Error(`the row "${wrong.join(' | ')}" does not have ${rows[0].length} cells`)
  const widths = rows[0].map((_, i) => Math.max(3, ...rows.map((row) => row[i].length)))
  const padded = (cell, i) => (aligned(i) ? cell.padStart(widths[i]) : cell.padEnd(widths[i]))
  const rule = widths.map((width, i) => (aligned(i) ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width)))
  const [head, ...body] = rows.map((row) => `| ${row.map(padded).join(' | ')} |`)
  return [head, `| ${rule.join(' | ')} |`, ...body].join('\n')
}

/** Words in a sentence: a, b or c. */
export function either(words) {
  return words.join(', ').replace(/, (?=[^,]*$)/, ' or ')
}

/**
 * A page with new text at its places of a kind, between `<!-- KIND: NAME -->` and `<!-- end -->`.
 * @param {string} page
 * @param {string} kind
 * @param {(name: string, earlier: string) => string} textOf the new text of a place
 */
export function filled(page, kind, textOf) {
  const place = new RegExp(`(<!-- ${kind}: ([\\w-]+) -->\\n)([^]*?)(\\n<!-- end -->)`, 'g')
  return page.replace(place, (_, begin, name, earlier, end) => `${begin}${textOf(name, earlier)}${end}`)
}

/**
 * Writes files. With --check on the command line it writes nothing: it names each file that differs and the command
 * that writes it, and the process ends with exit code 1.
 * @param {Iterable<readonly [path: string, text: string]>} files
 * @param {string} command
 */
export function keep(files, command) {
  for (const [path, text] of files) {
    if (existsSync(path) && readFileSync(path, 'utf8') === text) continue
    if (!process.argv.includes('--check')) writeFileSync(path, text)
    else {
      console.error(`${relative(ROOT, path)} is not what the code says: ${command} writes it again`)
      process.exitCode = 1
    }
  }
}
