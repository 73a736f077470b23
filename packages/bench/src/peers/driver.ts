import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { constants, homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { lists } from './library/dawn.ts'
import type { Answers, Request } from './protocol.ts'

/**
 * The Vulkan driver manifests of this machine, and the Vulkan loader of this process. A child needs them to reach the
 * same adapter.
 */
export interface Drivers {
  readonly manifests: readonly string[]
  readonly loader?: string
}

/**
 * The drivers in the standard folders (Khronos loader interface), and the drivers that this process has loaded from
 * elsewhere.
 */
export function driversHere(): Drivers {
  if (process.platform !== 'linux') return { manifests: [] }
  const named = process.env['VK_DRIVER_FILES'] || process.env['VK_ICD_FILENAMES']
  const loaded = loadedLibraries()
  const manifests = [
    ...(named?.split(':') ??
      [...FOLDERS, ...new Set(loaded.map((path) => dirname(path)))].flatMap(manifestsIn)),
  ].filter(isDriver)
  const loader = loaded.find((path) => path.includes('libvulkan.so'))
  return { manifests: [...new Set(manifests)], ...(loader !== undefined && { loader }) }
}

/** Finds the driver that gives the adapter. The child opens each driver to find out. */
export async function locate({
  adapter,
  drivers,
  loader,
}: Extract<Request, { ask: 'locate' }>): Promise<Answers['locate']> {
  if (loader !== undefined) visible(loader)
  for (const driver of drivers) {
    Object.assign(process.env, driverEnvironment(driver))
    if (await lists(adapter)) return { driver }
  }
  return {}
}

/** An environment in which only one driver is visible. The second name is for loaders before 1.3.207. */
export function driverEnvironment(manifest: string): Record<string, string> {
  return { VK_DRIVER_FILES: manifest, VK_ICD_FILENAMES: manifest }
}

const { RTLD_NOW, RTLD_GLOBAL } = constants.dlopen

/** Loads a Vulkan loader, so that later look-ups find it by its name. */
export function visible(loader: string): void {
  try {
    process.dlopen({ exports: {} }, loader, RTLD_NOW | RTLD_GLOBAL)
  } catch {
    // It is no Node addon, but it is now loaded. If it failed to load, no adapter is found, and the result says so.
  }
}

const FOLDERS = [
  process.env['XDG_CONFIG_HOME'] ?? join(homedir(), '.config'),
  '/etc/xdg',
  '/usr/local/etc',
  '/etc',
  process.env['XDG_DATA_HOME'] ?? join(homedir(), '.local/share'),
  '/usr/local/share',
  '/usr/share',
].map((base) => join(base, 'vulkan/icd.d'))

function manifestsIn(folder: string): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => join(folder, name))
}

/** Whether a file is a Vulkan driver's manifest. */
function isDriver(path: string): boolean {
  try {
    const manifest = JSON.parse(readFileSync(path, 'utf8')) as { ICD?: unknown } | null
    return manifest?.ICD !== undefined
  } catch {
    return false
  }
}

/** The libraries of this process that belong to Vulkan. */
function loadedLibraries(): string[] {
  const paths = readFileSync('/proc/self/maps', 'utf8')
    .split('\n')
    .map((line) => line.split(/\s+/)[5] ?? '')
  return [...new Set(paths)].filter((path) => /\/lib(vulkan|vk_)/.test(path))
}
