import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { arch, cpus, release, totalmem, type } from 'node:os'
import type { DeviceInfo } from '@octet/core'
import { type Machine, machineFacts } from '@octet/results'

/** Where Linux says what sets the clock of the first core. */
const GOVERNOR = '/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor'

/** This machine and the devices a run opened on it. The fingerprint is that of the machine alone. */
export function describeMachine(adapters: readonly DeviceInfo[]): Machine {
  const processors = cpus()
  const governor = readGovernor()
  const machine = {
    cpu: processors[0]?.model.trim() ?? 'unknown',
    cores: processors.length,
    memoryBytes: totalmem(),
    os: `${type()} ${release()} ${arch()}`,
    runtime: `node ${process.versions.node}`,
    ...(governor !== undefined && { governor }),
  }
  const digest = createHash('sha256')
    .update(JSON.stringify(machineFacts(machine)))
    .digest('hex')
  return { fingerprint: digest.slice(0, 12), ...machine, adapters }
}

function readGovernor(): string | undefined {
  try {
    return readFileSync(GOVERNOR, 'utf8').trim() || undefined
  } catch {
    return undefined
  }
}
