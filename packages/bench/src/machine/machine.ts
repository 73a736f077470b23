import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { arch, cpus, release, totalmem, type } from 'node:os'
import type { DeviceInfo } from '@octet/core'
import { type Machine, machineFacts } from '@octet/results'

/** The file in which Linux names the governor of the first core's clock. */
const GOVERNOR = '/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor'

/** A machine without its devices. */
export type Place = Omit<Machine, 'fingerprint' | 'adapters'>

/** A machine with the devices that a run opened on it. Default: this machine. The fingerprint is the machine's. */
export function describeMachine(
  adapters: readonly DeviceInfo[],
  machine: Place = thisMachine(`node ${process.versions.node}`),
): Machine {
  const digest = createHash('sha256')
    .update(JSON.stringify(machineFacts(machine)))
    .digest('hex')
  return { fingerprint: digest.slice(0, 12), ...machine, adapters }
}

/** This machine, with the name and version of the runtime that runs kernels on it. */
export function thisMachine(runtime: string): Place {
  const processors = cpus()
  const governor = readGovernor()
  return {
    cpu: processors[0]?.model.trim() ?? 'unknown',
    cores: processors.length,
    memoryBytes: totalmem(),
    os: `${type()} ${release()} ${arch()}`,
    runtime,
    ...(governor !== undefined && { governor }),
  }
}

function readGovernor(): string | undefined {
  try {
    return readFileSync(GOVERNOR, 'utf8').trim() || undefined
  } catch {
    return undefined
  }
}
