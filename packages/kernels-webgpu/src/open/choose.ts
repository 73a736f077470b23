import type { Unavailable } from '@octet/core'
import type { Candidate } from './source.ts'

/** The candidates, best first: hardware, then lavapipe, then other software. */
export function byPreference(candidates: readonly Candidate[]): Candidate[] {
  return candidates.toSorted((a, b) => rank(a) - rank(b))
}

function rank({ info }: Candidate): number {
  return info.software ? (info.id === 'lavapipe' ? 1 : 2) : 0
}

/**
 * The candidate with this id. Otherwise the first candidate that `wanted` (`auto`, `hardware`, `software`, or a text in
 * id or name) selects.
 */
export function choose(candidates: readonly Candidate[], wanted: string): Candidate | Unavailable {
  const text = wanted.toLowerCase()
  const chosen =
    candidates.find(({ info }) => info.id === text) ??
    candidates.find(({ info }) => {
      if (text === 'auto') return true
      if (text === 'hardware') return !info.software
      if (text === 'software') return info.software
      return `${info.id} ${info.name}`.toLowerCase().includes(text)
    })
  if (chosen !== undefined) return chosen
  const names = candidates.map(({ info }) => `${info.id} (${info.name})`).join(', ')
  if (text === 'hardware')
    return {
      unavailable: `no GPU was found, only software adapters: ${names}`,
      mend:
        "Install the GPU's driver (on Linux its Vulkan one; " +
        'octet doctor shows where Octet looked), or omit --adapter hardware.',
    }
  return {
    unavailable: `no WebGPU adapter matches "${wanted}"; there is ${names}`,
    mend: 'Ask for auto, hardware, software, or an adapter by id or name.',
  }
}
