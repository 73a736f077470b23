import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { expect, test } from 'vitest'

interface Manifest {
  readonly name: string
  readonly exports?: Readonly<Record<string, { readonly types: string }>>
}

const DECLARATION = /^(export )?(?:declare )?((?:abstract )?(?:class|const|function|interface|type) (\w+).*)$/
const REEXPORT = /^export (?:type )?\{ (.*?),? \} from '(.*)'$/
const DEFAULT = /^export default (\w+)$/

/** The statements of a .d.ts file, each on one line, without comments and private members. */
function statementsOf(file: string): string[] {
  return readFileSync(file, 'utf8')
    .replace(/\/\*[^]*?\*\/|^\/\/.*$|^ +(?:private .*|#private;)$/gm, '')
    .split(/^(?=(?:export|declare|import|interface|type)\b)/m)
    .map((text) => text.replace(/\s+/g, ' ').replace(/;? ?$/, ''))
}

/**
 * Each name that a .d.ts file exports, with its declaration. Re-exports are followed to the files that declare the
 * names.
 */
function exportsOf(file: string): Map<string, string> {
  const statements = statementsOf(file)
  const declared = new Map<string, string>()
  const exported = new Map<string, string>()
  for (const text of statements) {
    const [, open, declaration, name] = DECLARATION.exec(text) ?? []
    if (name === undefined) continue
    declared.set(name, [declared.get(name) ?? [], declaration].flat().join('; '))
    if (open !== undefined) exported.set(name, declared.get(name)!)
  }
  const publish = (from: ReadonlyMap<string, string>, entry: string): void => {
    const [name, as] = entry.replace(/^type /, '').split(' as ')
    const declaration = from.get(name)
    if (declaration === undefined) throw new Error(`${file} exports ${name}, which nothing declares`)
    exported.set(as ?? name, as === undefined ? declaration : `${as}: ${declaration}`)
  }
  for (const text of statements) {
    const [, local] = DEFAULT.exec(text) ?? []
    if (local !== undefined) publish(declared, `${local} as default`)
    if (text.startsWith('export *')) throw new Error(`${file} exports everything of a file: list the names`)
    const [, entries, from] = REEXPORT.exec(text) ?? []
    if (from === undefined) continue
    const there = exportsOf(resolve(dirname(file), from.replace(/\.ts$/, '.d.ts')))
    for (const entry of entries.split(', ')) publish(there, entry)
  }
  return exported
}

/** The exports of a package, with a section for each entry of package.json and a line for each name. */
function surfaceOf(folder: string, { name, exports = {} }: Manifest): string {
  return Object.entries(exports)
    .map(([entry, { types }]) =>
      [`# ${name}${entry.slice(1)}`, ...[...exportsOf(join(folder, types)).values()].toSorted(), ''].join(
        '\n',
      ),
    )
    .join('\n')
}

for (const folder of readdirSync('packages').map((name) => join('packages', name))) {
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest
  // The kernel contract defines the exports of a kernel package.
  if (manifest.exports && !folder.includes('kernels-'))
    test(`${folder} exports what its api.txt says, and \`pnpm api\` writes that file`, async () => {
      await expect(surfaceOf(folder, manifest)).toMatchFileSnapshot(resolve(folder, 'api.txt'))
    })
}
