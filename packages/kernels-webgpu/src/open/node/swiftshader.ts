import { createReadStream, existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { createBrotliDecompress } from 'node:zlib'
import { OctetError } from '@octet/core'
import { cached } from '../../cache/node/file.ts'
import { unpackedFolder } from '../../cache/node/folder.ts'

/** Files of the SwiftShader in npm's @sparticuz/chromium. */
export interface SwiftShader {
  /** The Vulkan driver manifest. */
  readonly manifest: string
  /** A Vulkan loader, for machines without one. */
  readonly loader: string
}

/** Whether the packed build runs on this machine: it is for Linux on x64. */
export const hasSwiftShader: boolean = process.platform === 'linux' && process.arch === 'x64'

const MANIFEST = 'vk_swiftshader_icd.json'
const LOADER = 'libvulkan.so.1'
/** The files to unpack. The archive also has OpenGL's libraries, which are left out. */
const FILES: ReadonlySet<string> = new Set([MANIFEST, LOADER, 'libvk_swiftshader.so'])

/**
 * Unpacks SwiftShader into `cache`, once per version of the package. A damaged copy is unpacked again.
 * @throws OctetError if the cache cannot be written, or if the package does not unpack.
 */
export async function unpackSwiftShader(cache: string = cached('')): Promise<SwiftShader> {
  const root = packageRoot()
  const { extract } = await import('tar-fs')
  const { version } = createRequire(import.meta.url)(join(root, 'package.json')) as { version: string }
  const folder = join(cache, `swiftshader-${version}`)
  await unpackedFolder(folder, async (into) => {
    await pipeline(
      createReadStream(join(root, 'bin', 'swiftshader.tar.br')),
      createBrotliDecompress(),
      extract(into, { ignore: (path) => !FILES.has(basename(path)) }),
    )
    const missing = [...FILES].find((name) => !existsSync(join(into, name)))
    if (missing !== undefined)
      throw new OctetError(`npm package @sparticuz/chromium has no ${missing}`, 'install dependencies again')
  })
  return { manifest: join(folder, MANIFEST), loader: join(folder, LOADER) }
}

function packageRoot(): string {
  return dirname(dirname(dirname(fileURLToPath(import.meta.resolve('@sparticuz/chromium')))))
}
