import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { lives } from '@octet/workloads'

/**
 * What tells a process from all that had its id before or will have it after: when it began, and in which run of the
 * machine. Undefined where no process of the id lives; null where the system does not tell.
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
  // The name, in brackets, may hold anything; behind it are the state, and the time of the start 19 fields on.
  const stat = readFileSync(`/proc/${id}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  // One that has ended, and whose parent has not asked for its exit code yet, keeps its id.
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
