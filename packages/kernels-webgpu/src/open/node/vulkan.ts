import { readdir } from 'node:fs/promises'
import { constants, homedir } from 'node:os'
import { join } from 'node:path'

/** Folders where Vulkan drivers announce themselves (Khronos loader interface), in search order. */
function manifestFolders(): string[] {
  const bases = [
    process.env['XDG_CONFIG_HOME'] ?? join(homedir(), '.config'),
    '/etc/xdg',
    '/usr/local/etc',
    '/etc',
    process.env['XDG_DATA_HOME'] ?? join(homedir(), '.local/share'),
    '/usr/local/share',
    '/usr/share',
  ]
  return bases.map((base) => join(base, 'vulkan/icd.d'))
}

/** The system's Vulkan driver manifests, or those that VK_DRIVER_FILES or VK_ICD_FILENAMES name. */
export async function systemManifests(): Promise<string[]> {
  const named = process.env['VK_DRIVER_FILES'] || process.env['VK_ICD_FILENAMES']
  if (named) return named.split(':')
  const found = await Promise.all(
    manifestFolders().map(async (folder) => {
      const names = await readdir(folder).catch(() => [])
      return names.filter((name) => name.endsWith('.json')).map((name) => join(folder, name))
    }),
  )
  return found.flat()
}

const { RTLD_NOW, RTLD_GLOBAL } = constants.dlopen
/** Of glibc and musl alike; Node has no name for it. Without it Node unloads what turns out to be no addon. */
const RTLD_NODELETE = 0x1000

/**
 * Loads a Vulkan loader into the process, where Dawn then finds it under its name: no LD_LIBRARY_PATH is needed.
 * @returns Why not, or undefined when it is loaded.
 */
export function loadVulkan(path: string): string | undefined {
  try {
    process.dlopen({ exports: {} }, path, RTLD_NOW | RTLD_GLOBAL | RTLD_NODELETE)
    return undefined
  } catch (error) {
    // It is loaded by now; that it is no Node addon is expected.
    const message = error instanceof Error ? error.message : String(error)
    return message.includes('did not self-register') ? undefined : message
  }
}

/**
 * Runs `work` with only the driver of `manifest` visible: Vulkan reads the variables as an adapter is requested, not
 * later.
 */
export function withDriver<T>(manifest: string, work: () => T): T {
  const names = ['VK_DRIVER_FILES', 'VK_ICD_FILENAMES'] // the second for loaders before 1.3.207
  const before = names.map((name) => process.env[name])
  for (const name of names) process.env[name] = manifest
  try {
    return work()
  } finally {
    for (const [index, name] of names.entries()) {
      const value = before[index]
      if (value === undefined) delete process.env[name]
      else process.env[name] = value
    }
  }
}
