import { accessSync, constants, mkdirSync } from 'node:fs'
import type { Check } from '@octet/core'
import { defaultCacheDir } from '@octet/workloads'

/**
 * Whether the cache can be written. It holds unpacked drivers, parsed data, trials of kernel packages and tuned
 * kernels.
 */
export function cacheCheck(folder: string = defaultCacheDir()): Check {
  const subject = 'cache'
  try {
    mkdirSync(folder, { recursive: true })
    accessSync(folder, constants.W_OK)
    return { subject, ok: true, detail: folder }
  } catch (error) {
    return {
      subject,
      ok: false,
      detail:
        `the cache folder ${folder} cannot be written (${(error as NodeJS.ErrnoException).code}), so ` +
        'Octet makes its content again each time',
      mend: 'make it writable, or set XDG_CACHE_HOME to a folder that is',
    }
  }
}
