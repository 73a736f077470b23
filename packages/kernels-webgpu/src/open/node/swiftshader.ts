import { createReadStream } from 'node:fs'
import { access, mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { createBrotliDecompress } from 'node:zlib'
import { extract } from 'tar-fs'

/** Files of the SwiftShader that comes with npm's @sparticuz/chromium. */
export interface SwiftShader {
  /** The Vulkan driver manifest. */
  readonly manifest: string
  /** A Vulkan loader, for machines without one. */
  readonly loader: string
}

/** Whether the packed build runs here: it is one for Linux on x64. */
export const hasSwiftShader: boolean = process.platform === 'linux' && process.arch === 'x64'

/**
 * Unpacks SwiftShader once per package version into `cache`. Processes may race: each unpacks into a folder of its own and
 * renames it into place, which only one can do.
 */
export async function unpackSwiftShader(cache: string = cacheFolder()): Promise<SwiftShader> {
  const root = packageRoot()
  const { version } = createRequire(import.meta.url)(join(root, 'package.json')) as { version: string }
  const folder = join(cache, `swiftshader-${version}`)
  const files = { manifest: join(folder, 'vk_swiftshader_icd.json'), loader: join(folder, 'libvulkan.so.1') }
  if (await exists(files.manifest)) return files
  await mkdir(cache, { recursive: true })
  const fresh = await mkdtemp(join(cache, 'unpacking-'))
  try {
    await pipeline(
      createReadStream(join(root, 'bin', 'swiftshader.tar.br')),
      createBrotliDecompress(),
      extract(fresh),
    )
    await rename(fresh, folder).catch(async (error: unknown) => {
      if (!(await exists(files.manifest))) throw error
    })
  } finally {
    await rm(fresh, { recursive: true, force: true })
  }
  return files
}

/** Where unpacked drivers are kept: `$XDG_CACHE_HOME/octet` or `~/.cache/octet`. */
function cacheFolder(): string {
  return join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'octet')
}

function packageRoot(): string {
  return dirname(dirname(dirname(fileURLToPath(import.meta.resolve('@sparticuz/chromium')))))
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
