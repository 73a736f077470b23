import { setImmediate } from 'node:timers/promises'
import type { PeerAdapter } from '../protocol.ts'
import { importPeer } from './import.ts'

/** The part of the npm package `webgpu` that this file uses. */
interface Dawn {
  create(options: readonly string[]): { requestAdapter(): Promise<GpuAdapter | null> }
  readonly globals: Readonly<Record<string, unknown>>
}

interface GpuAdapter {
  readonly info: { readonly description: string }
}

/** Dawn's objects must stay alive until the process ends. Otherwise it would hang or crash. */
const kept: unknown[] = []

/**
 * Provides the environment that browser libraries expect: WebGPU's globals, and a `navigator.gpu` with one adapter
 * only.
 */
export async function provideWebGpu({ name, backend }: PeerAdapter): Promise<string> {
  const dawn = await importPeer<Dawn>('webgpu')
  for (const [global, value] of Object.entries({ ...dawn.globals, navigator: undefined }))
    if (!(global in globalThis) || global === 'navigator')
      Object.defineProperty(globalThis, global, { value, configurable: true, writable: true })
  const gpu = dawn.create([`backend=${backend}`, `adapter=${name}`])
  const adapter = await gpu.requestAdapter()
  if (adapter === null) throw new Error(`Dawn has no adapter "${name}" here`)
  kept.push(gpu, adapter)
  Object.defineProperty(globalThis, 'navigator', {
    value: { gpu, userAgent: 'node' },
    configurable: true,
    writable: true,
  })
  const { description } = adapter.info
  return `${name} through Dawn${description && ` (${description})`}`
}

/** Whether Dawn lists an adapter of this name now. For an unknown name, Dawn's error lists the existing names. */
export async function lists({ name, backend }: PeerAdapter): Promise<boolean> {
  const dawn = await importPeer<Dawn>('webgpu')
  const gpu = dawn.create([`backend=${backend}`, 'adapter=(none)'])
  kept.push(gpu)
  try {
    await gpu.requestAdapter()
    return false
  } catch (error) {
    return String(error).includes(`name: '${name}'`)
  }
}

const SPIN_MS = 0.5
const LONGEST_SLEEP_MS = 1
const cell = new Int32Array(new SharedArrayBuffer(4))

/**
 * Waits for work on a device in the same way as for our own kernels. While a WebGPU promise is pending, Dawn's binding
 * polls on every turn of the event loop. With a CPU adapter the polling would take a core from the work, so the thread
 * sleeps between turns.
 */
export async function waitQuietly<T>(done: Promise<T>): Promise<T> {
  let settled = false
  const settle = (): void => {
    settled = true
  }
  done.then(settle, settle)
  const start = performance.now()
  for (;;) {
    await setImmediate()
    if (settled) return done
    const waited = performance.now() - start
    if (waited > SPIN_MS) Atomics.wait(cell, 0, 0, Math.min(LONGEST_SLEEP_MS, waited / 10))
  }
}
