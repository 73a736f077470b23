import { setTimeout as after } from 'node:timers/promises'
import { precisionOf, type Unavailable } from '@octet/core'
import type { CaseResult, ConformanceCase } from '@octet/core/conformance'
import { messageOf } from '../show/message.ts'
import { type Withheld, withheldBy } from '../vet/withheld.ts'
import type { PageDevice } from './page-device.ts'

/** How long a case may take: no measure of speed. */
const PATIENCE_MS = 120_000
/** A package whose page dies or hangs this often is left out. */
const MOST_FALLS = 3

/** The ops of a package that a page is not trusted with, and the results of all cases that were tried. */
export interface Tried {
  readonly results: readonly CaseResult[]
  readonly withheld: readonly Withheld[]
}

/**
 * Judges conformance cases on a package's device, each on a device that no earlier failure has touched. A page that
 * dies or hangs fails the case.
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
        mend: 'Mend the package; octet kernels tries every case in Node',
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

/** A broken device may not be able to say goodbye. */
async function close(device: PageDevice): Promise<void> {
  await device.dispose().catch(() => undefined)
}
