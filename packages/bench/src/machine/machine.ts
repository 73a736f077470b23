import { createHash } from 'node:crypto'
import { arch, cpus, release, totalmem, type } from 'node:os'
import type { DeviceInfo } from '@octet/core'
import type { Machine } from '@octet/results'

/** This machine and the devices a run opened on it. */
export function describeMachine(adapters: readonly DeviceInfo[]): Machine {
  const processors = cpus()
  const facts = {
    cpu: processors[0]?.model.trim() ?? 'unknown',
    cores: processors.length,
    os: `${type()} ${release()} ${arch()}`,
    runtime: `node ${process.versions.node}`,
    adapters,
  }
  // What the firmware keeps to itself varies from boot to boot: whole GiB tell machines apart.
  const gibibytes = Math.round(totalmem() / 2 ** 30)
  const digest = createHash('sha256')
    .update(JSON.stringify([facts, gibibytes]))
    .digest('hex')
  return { fingerprint: digest.slice(0, 12), memoryBytes: totalmem(), ...facts }
}
