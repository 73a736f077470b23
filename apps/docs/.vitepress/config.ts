import { existsSync, readdirSync } from 'node:fs'
import { posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitepress'

/** The pages are the Markdown files of the repository, in their places, so that their links work there too. */
const ROOT = fileURLToPath(new URL('../../..', import.meta.url))

/** READMEs of packages, by package. */
const packages = readdirSync(`${ROOT}/packages`).filter((name) =>
  existsSync(`${ROOT}/packages/${name}/README.md`),
)

/** Addresses of pages, by their files. */
const PAGES: Readonly<Record<string, string>> = {
  'README.md': 'index.md',
  'CHANGELOG.md': 'changelog.md',
  'CODE_OF_CONDUCT.md': 'code-of-conduct.md',
  'CONTRIBUTING.md': 'contributing.md',
  'SECURITY.md': 'security.md',
  'apps/report/README.md': 'packages/report.md',
  'golden/README.md': 'reference-vectors.md',
  'packages/bench/peers/README.md': 'peers.md',
  'packages/bench/runtimes/README.md': 'runtimes.md',
  ...Object.fromEntries(
    readdirSync(`${ROOT}/docs`)
      .filter((name) => name.endsWith('.md'))
      .map((name) => [`docs/${name}`, name]),
  ),
  ...Object.fromEntries(packages.map((name) => [`packages/${name}/README.md`, `packages/${name}.md`])),
}

const page = (text: string, name: string): { text: string; link: string } => ({ text, link: `/${name}` })

export default defineConfig({
  title: 'Octet',
  // The folder below which a server has the site, with a slash at both ends.
  base: process.env['OCTET_DOCS_BASE'] ?? '/',
  description: 'Measures what quantization does to a model on the hardware that it will run on',
  srcDir: ROOT,
  outDir: 'dist',
  cacheDir: 'node_modules/.cache',
  srcExclude: ['**/node_modules/**', '**/fixtures/**', 'results/**', 'packages/*/{test,models,src}/**'],
  rewrites: PAGES,
  cleanUrls: true,
  vite: {
    plugins: [
      {
        name: 'vue-for-pages',
        enforce: 'pre',
        // The pages lie outside of this package, and Vue is a dependency of this package.
        resolveId(id, from, options) {
          if (!/^vue(\/|$)/.test(id) || !from?.endsWith('.md')) return null
          return this.resolve(id, fileURLToPath(import.meta.url), options)
        },
      },
    ],
  },
  markdown: {
    config(md) {
      // Links lead to the addresses of pages. A link to source code, which the site does not have, becomes its text.
      md.core.ruler.push('links', ({ tokens, env }) => {
        const { relativePath } = env as { relativePath: string }
        for (const { children } of tokens) {
          let isCode = false
          for (const token of children ?? []) {
            if (token.type === 'link_open') {
              const target = token.attrGet('href') ?? ''
              if (/^(#|\w+:)/.test(target)) continue
              const address = addressOf(fileOf(relativePath), target)
              isCode = address === undefined
              if (address !== undefined) token.attrSet('href', address)
            }
            if (isCode && token.type.startsWith('link_')) {
              isCode = token.type !== 'link_close'
              token.type = token.type.replace('link', 'span')
              token.tag = 'span'
              token.attrs = null
            }
          }
        }
      })
    },
  },
  // VitePress looks for pages in the places of their files; test/pages.test.ts checks all links.
  ignoreDeadLinks: true,
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    nav: [
      page('Start', 'start'),
      page('Commands', 'index#commands'),
      page('Contributing', 'contributing'),
      { text: 'API', link: '/api/index.html', target: '_self' },
    ],
    sidebar: [
      {
        text: 'Guides',
        items: [
          page('What Octet does', ''),
          page('Start here', 'start'),
          page('Scale, zero point and clipping, live', 'live-figures'),
          page('PTQ or QAT', 'ptq-or-qat'),
          page('Calibration samples', 'calibration'),
          page('Calibration strategies', 'calibration-strategies'),
          page('Reading the report', 'reading-the-report'),
          page('Deployment', 'deployment'),
          page('Certificates', 'certificates'),
          page('Glossary', 'glossary'),
        ],
      },
      {
        text: 'How it works',
        items: [
          page('Numerics from first principles', 'numerics-from-first-principles'),
          page('Numerics', 'numerics'),
          page('Statistics policy', 'statistics'),
          page('Quantization-aware training', 'qat'),
          page('Energy', 'energy'),
          page('Phones and browsers', 'phones'),
          page('Where the time goes', 'stages'),
          page('The results file', 'results-file'),
        ],
      },
      {
        text: 'Measurements',
        items: [
          page('Orderings of methods', 'orderings'),
          page('Performance', 'performance'),
          page('Kernels on the CPU', 'cpu'),
          page('Peers', 'peers'),
          page('Runtimes', 'runtimes'),
        ],
      },
      {
        text: 'Contributing',
        items: [
          page('Contributing', 'contributing'),
          page('Changelog', 'changelog'),
          page('Security', 'security'),
          page('Code of conduct', 'code-of-conduct'),
          page('Architecture', 'architecture'),
          page('Continuous integration', 'ci'),
          page('Adding kernels', 'adding-kernels'),
          page('Reference vectors', 'reference-vectors'),
          ...[...packages, 'report'].map((name) => page(`@octet/${name}`, `packages/${name}`)),
        ],
      },
    ],
  },
})

/** The file of a page, which VitePress names by its address or by its file. */
function fileOf(path: string): string {
  return Object.keys(PAGES).find((file) => PAGES[file] === path) ?? path
}

/** The address to which a relative link of a file leads, where that is a page of the site. */
function addressOf(file: string, target: string): string | undefined {
  const [path, anchor] = target.split('#')
  const linked = posix.join(posix.dirname(file), path)
  // A folder's page is that of its README.
  const address = PAGES[linked] ?? PAGES[posix.join(linked, 'README.md')]
  return address && `/${address}${anchor === undefined ? '' : `#${anchor}`}`
}
