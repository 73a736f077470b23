// Runs in its own process, because a kernel package may block or end it. Reports each step to its parent before the
// step begins.
import { type Host, type KernelDevice, type KernelPackage, precisionOf } from '@octet/core'
import { casesNamed } from '@octet/core/conformance'
import { checkOpened, importKernels } from '../discover/import.ts'
import { endWithParent } from '../process/end-with-parent.ts'
import { oneLine } from '../show/message.ts'
import { judgeCase } from './judge.ts'
import type { Message, Stage, TrialRequest } from './task.ts'

const BEAT_MS = 100

/** Resolves after the message is sent, because the next step may block this process permanently. */
async function say(message: Message): Promise<void> {
  await new Promise((resolve) => process.send!(message, resolve))
}

async function enter<T>(stage: Stage, run: () => Promise<T>): Promise<T> {
  await say({ kind: 'enter', stage })
  return run()
}

/** Tries a package. An exception that the contract does not allow is a fault of the package. */
async function attempt({
  entry,
  host: place,
  wanted,
  asks = [],
  cases,
}: TrialRequest): Promise<string | undefined> {
  const host: Host = { ...place, warn: (text) => void say({ kind: 'warn', text }) }
  const kernels = await enter('import', () => importKernels(entry))
  if (typeof kernels === 'string') return kernels
  await say({ kind: 'imported', id: kernels.id })
  if (wanted?.includes(kernels.id) === false) return undefined
  for (const call of asks) {
    try {
      await enter(`${call}()`, async () => kernels[call]?.(host))
    } catch (error) {
      return `its ${call}() throws: ${oneLine(error)}`
    }
  }
  const device = await openDevice(kernels, host)
  if (typeof device === 'string') return device
  if (device === undefined) {
    await say({ kind: 'unavailable' })
    return undefined
  }
  await say({ kind: 'device', info: device.info })
  return tryCases(kernels, { ...host, adapter: device.info.id }, device, cases)
}

/** The device. Undefined if this machine has none. A description of the fault if the value is no device. */
async function openDevice(kernels: KernelPackage, host: Host): Promise<KernelDevice | string | undefined> {
  return enter('open()', async () => {
    let opened: unknown
    try {
      opened = await kernels.open(host)
    } catch {
      // The next `open` reports the fault.
      return undefined
    }
    return checkOpened(opened)
  })
}

/**
 * Judges the cases, and returns the reason why the device cannot continue. After a failure the device may be broken, so
 * the next case gets a fresh device.
 */
async function tryCases(
  kernels: KernelPackage,
  same: Host,
  first: KernelDevice,
  names: readonly string[],
): Promise<string | undefined> {
  let device = first
  const timed = new Set<string>()
  for (const one of casesNamed(names)) {
    const about = { case: one.name, op: one.spec.op, precision: precisionOf(one.spec) }
    const kind = `${about.op} ${about.precision}`
    const { status, detail } = await enter(about, () => judgeCase(device, one, !timed.has(kind)))
    timed.add(kind)
    await say({ kind: 'judged', result: { ...about, status, ...(detail !== undefined && { detail }) } })
    if (status !== 'failed') continue
    await enter('dispose()', () => device.dispose().catch(() => undefined))
    const fresh = await openDevice(kernels, same)
    if (typeof fresh !== 'object')
      return `its device does not open again after ${one.name} failed (${detail})`
    device = fresh
  }
  try {
    await enter('dispose()', () => device.dispose())
  } catch (error) {
    return `its dispose() throws: ${oneLine(error)}`
  }
  return undefined
}

await endWithParent()
const given = new Promise<TrialRequest>((resolve) => process.once('message', resolve))
await say({ kind: 'ready' })
const task = await given
setInterval(() => void say({ kind: 'beat' }), BEAT_MS)
const broken = await attempt(task)
if (broken !== undefined) await say({ kind: 'broken', what: broken })
await say({ kind: 'done' })
