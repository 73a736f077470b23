import { OctetError } from '@octet/core'
import { infoOf, isSoftware, type Source, type Wait } from '../source.ts'
import { quietly } from './quiet.ts'
import { waitQuietly } from './wait.ts'

export type Dawn = typeof import('webgpu')

/** Every object that Dawn made. Collecting one would hang or crash the process at exit, so they all stay referenced. */
const kept: unknown[] = []

/** Keeps a Dawn object referenced until the process ends. */
function keep<T>(made: T): T {
  kept.push(made)
  return made
}

/** Loads Dawn's binding and defines WebGPU's globals (GPUBufferUsage etc.). Rejects if it does not load. */
export async function loadDawn(): Promise<Dawn> {
  const dawn = await import('webgpu')
  for (const [name, value] of Object.entries(dawn.globals))
    if (!(name in globalThis))
      Object.defineProperty(globalThis, name, { value, configurable: true, writable: true })
  return dawn
}

/**
 * Dawn rounds timestamps to 65 µs, for privacy in browsers, unless a toggle disables that. It has subgroup matrices
 * only among its unsafe APIs, which browsers must not offer yet. It hides f16 on NVIDIA. These flags do not change an
 * adapter that lacks the features.
 */
const FLAGS = [
  'disable-dawn-features=timestamp_quantization',
  'enable-dawn-features=allow_unsafe_apis,vulkan_enable_f16_on_nvidia',
]
/** One backend per platform. Otherwise the same GPU would occur once per backend. */
const BACKENDS: Partial<Record<NodeJS.Platform, string>> = {
  linux: 'vulkan',
  darwin: 'metal',
  win32: 'd3d12',
}

/** Runs a function while only some Vulkan drivers are visible, or with no restriction. */
export type Scope = <T>(work: () => T) => T

/** The adapters that Dawn sees in a scope. */
export async function dawnSources(dawn: Dawn, scope: Scope): Promise<Source[]> {
  const sources: Source[] = []
  for (const { backend, name } of await listAdapters(dawn, scope)) {
    const gpu = keep(dawn.create([...FLAGS, `backend=${backend}`, `adapter=${name}`]))
    const fresh = async () => keep(await scope(() => quietly(() => gpu.requestAdapter())))
    let unopened = await fresh()
    if (unopened === null) continue
    const { features, limits } = unopened
    const info = infoOf(unopened)
    const request = async () => {
      const adapter = unopened ?? (await fresh())
      unopened = null
      if (adapter === null) throw new OctetError(`the adapter ${name} is gone`)
      return adapter
    }
    // A GPU computes without the CPU, so Dawn's own polling is the fastest way to notice its end.
    const wait: Wait = isSoftware(info) ? waitQuietly : (done) => done
    sources.push({ gpu, info, features, limits, backend, name, request, wait })
  }
  return sources
}

/** Lists adapters. Dawn's binding has no call for that, but its error for an unknown name lists the existing names. */
async function listAdapters({ create }: Dawn, scope: Scope): Promise<{ backend: string; name: string }[]> {
  const gpu = keep(create([`backend=${BACKENDS[process.platform] ?? 'vulkan'}`, 'adapter=(none)']))
  try {
    await scope(() => quietly(() => gpu.requestAdapter()))
    return []
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error)
    const listed = [...text.matchAll(/^ \* backend: '([^']*)', name: '(.*)'$/gm)]
    return listed.map(([, backend, name]) => ({ backend, name }))
  }
}
