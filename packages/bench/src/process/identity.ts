import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { lives } from '@octet/workloads'

/**
 * The identity of a process, which no earlier or later process with its id shares: its start time, and the boot of the
 * machine. Undefined if no process with the id lives. Null if the system does not report it.
 */
export function identityOf(id: number): string | null | undefined {
  if (!lives(id)) return undefined
  try {
    return process.platform === 'linux' ? onLinux(id) : elsewhere(id)
  } catch {
    return lives(id) ? null : undefined
  }
}

function onLinux(id: number): string | undefined {
  // The name, in brackets, may contain anything. After it come the state and, 19 fields later, the start time.
  const stat = readFileSync(`/proc/${id}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  // A process that has ended keeps its id until its parent reads its exit code.
  if (fields[0] === 'Z' || fields[0] === 'X') return undefined
  return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${fields[19]}`
}

function elsewhere(id: number): string | null {
  if (process.platform === 'win32') return null
  const began = execFileSync('ps', ['-o', 'lstart=', '-p', String(id)], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' },
  })
  return began.trim() || null
}
