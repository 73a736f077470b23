import { OctetError, type Check, type Unavailable } from '@octet/core'
import { infoOf, type Source } from './source.ts'

/** The adapters that a browser offers: its preferred adapter, and its software fallback if that is another adapter. */
export async function browserSources(): Promise<readonly Source[] | Unavailable> {
  const gpu = navigatorGpu()
  if (gpu === undefined)
    return {
      unavailable: 'this browser has no WebGPU: navigator.gpu is missing',
      mend: 'Use a browser with WebGPU, over https or on localhost.',
    }
  const sources: Source[] = []
  for (const options of [{ powerPreference: 'high-performance' as const }, { forceFallbackAdapter: true }]) {
    const adapter = await gpu.requestAdapter(options)
    if (adapter === null) continue
    const { features, limits } = adapter
    const info = infoOf(adapter)
    const known = sources.some(
      (other) => other.info.vendor === info.vendor && other.info.architecture === info.architecture,
    )
    if (known) continue
    const request = async () => {
      const fresh = await gpu.requestAdapter(options)
      if (fresh === null)
        throw new OctetError('the browser no longer offers this WebGPU adapter', 'Reload the page.')
      return fresh
    }
    sources.push({ gpu, info, features, limits, backend: 'browser', request, wait: (done) => done })
  }
  if (sources.length > 0) return sources
  return {
    unavailable: 'this browser has WebGPU but offers no adapter',
    mend: 'Enable hardware acceleration, or start Chromium with --enable-unsafe-webgpu for its software adapter.',
  }
}

/** Remarks on the browser, for `octet doctor`. */
export function browserChecks(): Check[] {
  const there = navigatorGpu() !== undefined
  return [{ subject: 'navigator.gpu', ok: there, detail: there ? 'present' : 'missing in this browser' }]
}

function navigatorGpu(): GPU | undefined {
  return (globalThis as { navigator?: { gpu?: GPU } }).navigator?.gpu
}
