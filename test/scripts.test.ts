import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'

const ROOT = join(import.meta.dirname, '..')

/** Scripts and programs in tests import built modules by path, and neither the compiler nor lint sees these paths. */
const FILES = execFileSync('git', ['ls-files', '*.mjs', '*.ts'], { cwd: ROOT, encoding: 'utf8' })
  .split('\n')
  .filter((file) => /\.mjs$|\/test\//.test(file))
  .map((file) => ({ file, text: readFileSync(join(ROOT, file), 'utf8') }))

test('every built module that a script or a test names by its path exists', () => {
  const missing = FILES.flatMap(({ file, text }) =>
    [...text.matchAll(/'(\.[^'\n]*\/dist\/[^'\n]*\.js)'/g)]
      .filter(([, path]) => !existsSync(resolve(ROOT, dirname(file), path)))
      .map(([, path]) => `${file}: ${path}`),
  )
  expect(missing).toEqual([])
})

test('every name that a script imports from a built module is there', async () => {
  const imports = FILES.flatMap(({ file, text }) =>
    [...text.matchAll(/import\s*\{([^}]*)\}\s*from\s*'(\.[^'\n]*\/dist\/[^'\n]*\.js)'/g)].map(
      ([, names, path]) => ({
        file,
        url: pathToFileURL(resolve(ROOT, dirname(file), path)).href,
        names: names.split(',').map((name) => name.trim().split(' as ')[0]),
      }),
    ),
  )
  expect(imports.length).toBeGreaterThan(10)
  const missing: string[] = []
  for (const { file, url, names } of imports) {
    const module = (await import(url)) as Record<string, unknown>
    missing.push(
      ...names.filter((name) => name !== '' && !(name in module)).map((name) => `${file}: ${name}`),
    )
  }
  expect(missing).toEqual([])
})
