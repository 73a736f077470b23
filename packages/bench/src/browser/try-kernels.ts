import { setTimeout as after } from 'node:timers/promises'
import { precisionOf, type Unavailable } from '@octet/core'
import type { CaseResult, ConformanceCase } from '@octet/core/conformance'
import { messageOf } from '../show/message.ts'
import { type Withheld, withheldBy } from '../vet/withheld.ts'
import type { PageDevice } from './page-device.ts'

/** The time limit for one case. It does not measure speed. */
const PATIENCE_MS = 120_000
/** A package is left out after its page has died or hung this many times. */
const MOST_FALLS = 3

/** The ops that a page may not run for a package, and the results of all cases that ran. */
export interface Tried {
  readonly results: readonly CaseResult[]
  readonly withheld: readonly Withheld[]
}

/**
 * Judges conformance cases on a package's device. After a failure, the next case gets a fresh device. If a page dies or
 * hangs, its case fails.
 * @param open opens the device
 */
export async function tryKernels(
  open: () => Promise<PageDevice | Unavailable>,
  cases: readonly ConformanceCase[],
): Promise<Tried | Unavailable> {
  const results: CaseResult[] = []
  let falls = 0
  let device = await open()
  for (const { name, spec } of cases) {
    if ('unavailable' in device) return device
    const about = { case: name, op: spec.op, precision: precisionOf(spec) }
    const verdict = await judge(device, name)
    results.push({ ...about, ...verdict })
    if (verdict.status !== 'failed') continue
    if (device.gone !== undefined && ++falls === MOST_FALLS)
      return {
        unavailable: `its page dies or hangs in ${falls} conformance cases, the last one ${name}`,
        mend: 'Fix the package; octet kernels tries every case in Node',
      }
    await close(device)
    device = await open()
  }
  if ('unavailable' in device) return device
  await close(device)
  return { results, withheld: withheldBy({ results, falls: [], lasting: false }, 'failures') }
}

async function judge(device: PageDevice, name: string): Promise<Pick<CaseResult, 'status' | 'detail'>> {
  const patience = new AbortController()
  const late = after(PATIENCE_MS, undefined, { signal: patience.signal }).then(
    () => device.close(`it has not settled after ${PATIENCE_MS / 1000} s`),
    () => undefined,
  )
  try {
    return await device.judge(name)
  } catch (error) {
    return { status: 'failed', detail: messageOf(error) }
  } finally {
    patience.abort()
    await late
  }
}

/** A broken device may fail to close. */
async function close(device: PageDevice): Promise<void> {
  await device.dispose().catch(() => undefined)
}
