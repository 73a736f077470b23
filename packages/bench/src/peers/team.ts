import { type DeviceInfo, OctetError } from '@octet/core'
import { messageOf } from '../show/message.ts'
import { type PeerInfo, PEERS } from './catalog.ts'
import { driverEnvironment, driversHere } from './driver.ts'
import { PeerProcess } from './process.ts'
import type { PeerAdapter, PeerFormat } from './protocol.ts'

/** One peer in one format, in an open process. */
export interface PeerEntry {
  readonly name: string
  readonly format: PeerFormat
  /** The name of the format in results. */
  readonly called: string
  /** The device that it computes on. */
  readonly where: string
  readonly runsModels: boolean
  readonly process: PeerProcess
}

/** Peers in their processes, each on the adapter of one of our devices. */
export interface PeerTeam {
  readonly entries: readonly PeerEntry[]
  /** Peers that did not open, with the reasons. */
  readonly absent: readonly { readonly name: string; readonly reason: string }[]
  /** Ends the processes. */
  close(): void
}

/**
 * Starts peers beside a device. Peers that compute on an adapter only start if the device uses one of Dawn's adapters.
 */
export async function openTeam(ids: readonly string[], info: DeviceInfo): Promise<PeerTeam> {
  const entries: PeerEntry[] = []
  const absent: { name: string; reason: string }[] = []
  const processes: PeerProcess[] = []
  const adapter = { name: info.name, backend: info.backend }
  const onGpu = DAWN_BACKENDS.has(info.backend)
  const { environment, loader } = onGpu ? await reach(adapter) : { environment: {} }
  const peers = PEERS.filter(({ id, onAdapter }) => ids.includes(id) && (onGpu || !onAdapter))
  for (const { id, name, formats, runsModels } of peers) {
    const process = new PeerProcess(environment)
    processes.push(process)
    try {
      const { where } = await process.ask({ ask: 'open', library: id, adapter, ...(loader && { loader }) })
      for (const [format, called] of Object.entries(formats))
        entries.push({ name, format: format as PeerFormat, called, where, runsModels, process })
    } catch (error) {
      absent.push({ name, reason: messageOf(error) })
    }
  }
  const close = (): void => processes.forEach((process) => process.close())
  return { entries, absent, close }
}

const DAWN_BACKENDS: ReadonlySet<string> = new Set(['vulkan', 'metal', 'd3d12'])

/** An environment in which an adapter's driver is the only driver, on systems where drivers can be selected. */
async function reach(
  adapter: PeerAdapter,
): Promise<{ readonly environment: Readonly<Record<string, string>>; readonly loader?: string }> {
  const { manifests, loader } = driversHere()
  if (manifests.length === 0) return { environment: {} }
  const asked = new PeerProcess({})
  try {
    const { driver } = await asked.ask({
      ask: 'locate',
      adapter,
      drivers: manifests,
      ...(loader && { loader }),
    })
    return { environment: driver === undefined ? {} : driverEnvironment(driver), ...(loader && { loader }) }
  } finally {
    asked.close()
  }
}

/**
 * The peers that a list names by id or by the beginning of an id. `all` means every peer.
 * @throws OctetError with the known names, if a name is unknown.
 */
export function choosePeers(wanted: string): readonly PeerInfo[] {
  if (wanted === 'all') return PEERS
  const named = wanted.split(',').map((part) => part.trim())
  for (const name of named)
    if (name === '' || !PEERS.some(({ id }) => id.startsWith(name)))
      throw new OctetError(
        `there is no peer "${name}"`,
        `the known values are ${PEERS.map(({ id }) => id).join(', ')}`,
      )
  return PEERS.filter(({ id }) => named.some((name) => id.startsWith(name)))
}
