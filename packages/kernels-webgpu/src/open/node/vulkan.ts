import { readdir } from 'node:fs/promises'
import { constants, homedir } from 'node:os'
import { join } from 'node:path'

/** Folders in which Vulkan drivers register (Khronos loader interface), in search order. */
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

/** The system's Vulkan driver manifests, or the manifests that VK_DRIVER_FILES or VK_ICD_FILENAMES names. */
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
/**
 * The flag's value in glibc and in musl. Node has no name for it. Without it, Node unloads a library that turns out to
 * be no addon.
 */
const RTLD_NODELETE = 0x1000

/**
 * Loads a Vulkan loader into the process. Dawn then finds it by its name, without LD_LIBRARY_PATH.
 * @returns The reason why it failed, or undefined if it is loaded.
 */
export function loadVulkan(path: string): string | undefined {
  try {
    process.dlopen({ exports: {} }, path, RTLD_NOW | RTLD_GLOBAL | RTLD_NODELETE)
    return undefined
  } catch (error) {
    // It is loaded now. The error that it is no Node addon is expected.
    const message = error instanceof Error ? error.message : String(error)
    return message.includes('did not self-register') ? undefined : message
  }
}

/**
 * Runs `work` while only the driver of `manifest` is visible. Vulkan reads the variables when an adapter is requested,
 * not later.
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
