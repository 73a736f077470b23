// Draws the arrows between packages, and between the rooms of core, as Mermaid blocks in docs/architecture.md:
//   node docs/draw-architecture.mjs            # writes them
//   node docs/draw-architecture.mjs --check    # exit code 1 where the drawings are not those of the code
// The script reads the import lines of every source file, type-only ones included. It leaves out an arrow that follows
// from others, and draws rooms that import each other as one box.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const DOC = join(ROOT, 'docs/architecture.md')
const IMPORT = /\b(?:from|import)\s*\(?\s*'([^']+)'/g

/** Every package that has source files: its folder, its name without the scope, and whether it holds kernels. */
const packages = ['packages', 'apps']
  .flatMap((group) => readdirSync(join(ROOT, group)).map((name) => join(ROOT, group, name)))
  .filter((folder) => existsSync(join(folder, 'package.json')) && existsSync(join(folder, 'src')))
  .map((folder) => {
    const { name, octet } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    return { folder, name: name.replace('@octet/', ''), kernels: octet?.kernels !== undefined }
  })

/** What each source file of a package imports: [file within src, specifier]. */
function importsOf(folder) {
  const src = join(folder, 'src')
  return readdirSync(src, { recursive: true })
    .filter((file) => /\.tsx?$/.test(file))
    .flatMap((file) =>
      [...readFileSync(join(src, file), 'utf8').matchAll(IMPORT)].map(([, to]) => [file, to]),
    )
}

/** Arrows between packages. */
function packageArrows() {
  const arrows = new Set()
  for (const { folder, name } of packages)
    for (const [, to] of importsOf(folder))
      if (to.startsWith('@octet/')) arrows.add(`${name} ${to.split('/')[1]}`)
  return [...arrows].map((arrow) => arrow.split(' '))
}

/** Arrows between the folders of a package's source. Files beside the folders are no rooms. */
function roomArrows(name) {
  const { folder } = packages.find((one) => one.name === name)
  const src = join(folder, 'src')
  const arrows = new Set()
  for (const [file, to] of importsOf(folder)) {
    if (!to.startsWith('.')) continue
    const target = relative(src, resolve(dirname(join(src, file)), to))
    if (!file.includes('/') || !target.includes('/')) continue
    arrows.add(`${file.split('/')[0]} ${target.split('/')[0]}`)
  }
  return [...arrows].map((arrow) => arrow.split(' ')).filter(([from, to]) => from !== to)
}

/** Every name that is reached from `from`, itself left out unless a circle leads back to it. */
function reachedFrom(arrows, from) {
  const reached = new Set()
  const visit = (at) => {
    for (const [a, b] of arrows)
      if (a === at && !reached.has(b)) {
        reached.add(b)
        visit(b)
      }
  }
  visit(from)
  return reached
}

/** The arrows as a Mermaid block. Names that reach each other become one box. */
function mermaid(arrows, more = []) {
  const names = [...new Set(arrows.flat())].toSorted((a, b) => a.localeCompare(b))
  const reach = new Map(names.map((name) => [name, reachedFrom(arrows, name)]))
  const circle = (name) => names.filter((other) => reach.get(name).has(other) && reach.get(other).has(name))
  const box = (name) =>
    circle(name).length > 1 ? `${circle(name).join('_')}["${circle(name).join(', ')}"]` : name
  const between = new Map(arrows.map(([a, b]) => [`${box(a)} ${box(b)}`, [box(a), box(b)]]))
  const boxes = [...between.values()].filter(([a, b]) => a !== b)
  const kept = boxes.filter(
    ([a, b]) => !boxes.some(([c, d]) => c === a && d !== b && reachedFrom(boxes, d).has(b)),
  )
  const lines = kept.map(([a, b]) => `  ${a} --> ${b}`)
  return ['```mermaid', 'flowchart TD', ...lines.toSorted((a, b) => a.localeCompare(b)), ...more, '```'].join(
    '\n',
  )
}

const discovered = packages.filter(({ kernels }) => kernels).map(({ name }) => `  bench -. finds .-> ${name}`)
const drawings = { packages: mermaid(packageArrows(), discovered), core: mermaid(roomArrows('core')) }

const text = readFileSync(DOC, 'utf8')
let drawn = text
for (const [name, drawing] of Object.entries(drawings)) {
  const place = new RegExp(`(<!-- drawing: ${name} -->\n)[^]*?(\n<!-- end -->)`)
  if (!place.test(drawn)) throw new Error(`${DOC} has no place for the drawing of ${name}`)
  drawn = drawn.replace(place, (_, begin, end) => `${begin}\n${drawing}\n${end}`)
}
if (!process.argv.includes('--check')) writeFileSync(DOC, drawn)
else if (drawn !== text) {
  console.error('docs/architecture.md does not show the code: node docs/draw-architecture.mjs draws it again')
  process.exitCode = 1
}
