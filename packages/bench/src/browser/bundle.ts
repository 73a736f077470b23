import { builtinModules, createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import type { Plugin, Rolldown } from 'vite'
import { oneLine } from '../show/message.ts'
import { onUse } from './on-use.ts'

type Vite = typeof import('vite')

/** A kernel package: its npm name, and the module with its kernels. */
export interface Bundled {
  readonly name: string
  readonly entry: string
}

/** The files of a page by their paths, and the packages that are not in it, each with the reason. */
export interface Bundle {
  readonly files: ReadonlyMap<string, string | Uint8Array>
  readonly faults: ReadonlyMap<string, string>
}

/** The built module of the page itself. */
const PAGE = fileURLToPath(new URL('../../dist/browser/page/main.js', import.meta.url))
/** The module that the page loads. */
export const ENTRY = 'page.js'
const ENTRY_ID = 'octet:page'

/**
 * Bundles the page with the packages. A package that cannot be bundled is left out, with the bundler's reason.
 * @throws OctetError if the bundler is not installed.
 */
export async function bundle(packages: readonly Bundled[]): Promise<Bundle> {
  const vite = await onUse('vite', () => import('vite'))
  try {
    return { files: await builtBy(vite, packages), faults: new Map() }
  } catch (error) {
    const faults = new Map<string, string>()
    for (const one of packages) {
      const alone = await builtBy(vite, [one]).catch(oneLine)
      if (typeof alone === 'string') faults.set(one.name, `it cannot be bundled for a browser: ${alone}`)
    }
    // The page itself cannot be bundled.
    if (faults.size === 0) throw error
    return {
      files: await builtBy(
        vite,
        packages.filter(({ name }) => !faults.has(name)),
      ),
      faults,
    }
  }
}

async function builtBy(
  { build }: Vite,
  packages: readonly Bundled[],
): Promise<Map<string, string | Uint8Array>> {
  const { output } = (await build({
    configFile: false,
    envFile: false,
    logLevel: 'silent',
    publicDir: false,
    base: './',
    plugins: [entry(packages), withoutNode],
    worker: { format: 'es', plugins: () => [withoutNode] },
    build: {
      write: false,
      minify: false,
      target: 'esnext',
      modulePreload: false,
      rolldownOptions: { input: { page: ENTRY_ID }, output: { entryFileNames: ENTRY } },
    },
  })) as Rolldown.RolldownOutput
  return new Map(output.map((file) => [file.fileName, file.type === 'chunk' ? file.code : file.source]))
}

/** The first module of the page. It starts the page, and knows how to load each package. */
function entry(packages: readonly Bundled[]): Plugin {
  const loaders = packages.map(
    ({ name, entry: path }) => `${JSON.stringify(name)}: () => import(${JSON.stringify(path)})`,
  )
  const code = `import { main } from ${JSON.stringify(PAGE)}\nmain({ ${loaders.join(', ')} })`
  return {
    name: 'octet-entry',
    resolveId: (id) => (id === ENTRY_ID ? `\0${ENTRY_ID}` : undefined),
    load: (id) => (id === `\0${ENTRY_ID}` ? code : undefined),
  }
}

const require = createRequire(import.meta.url)
const NODE = '\0octet:node:'

/** Replaces Node's modules in a page: every call into such a module throws an error with the module's name. */
const withoutNode: Plugin = {
  name: 'octet-without-node',
  enforce: 'pre',
  resolveId: (id) => {
    const bare = id.replace(/^node:/, '')
    return builtinModules.includes(bare) ? NODE + bare : undefined
  },
  load: (id) => {
    if (!id.startsWith(NODE)) return undefined
    const module = id.slice(NODE.length)
    const names = Object.keys(require(`node:${module}`) as object).filter((name) =>
      /^[A-Za-z_$][\w$]*$/.test(name),
    )
    return [
      `const absent = (name) => function () { throw new Error('node:${module} is not in a browser: ' + name) }`,
      `export default new Proxy({}, { get: (_, name) => absent(String(name)) })`,
      ...names
        .filter((name) => name !== 'default')
        .map((name, i) => `const absent${i} = absent('${name}'); export { absent${i} as ${name} }`),
    ].join('\n')
  },
}
