import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Meter, NoMeter } from './meter.ts'
import { integrate } from './power.ts'

const QUERY = ['--query-gpu=power.draw', '--format=csv,noheader,nounits', '--id=0', '--loop-ms=50']

/** The time limit for the first reading of nvidia-smi, in ms. */
const PATIENCE = 10_000

/**
 * The power of the first NVIDIA GPU. nvidia-smi reports it every 50 ms until the meter is closed. Neither the command
 * nor its output keeps this process alive. After the command ends, there is no reading.
 * @param command `nvidia-smi`
 */
export async function openNvidia(command: string): Promise<Meter | NoMeter> {
  const child = spawn(command, QUERY, { stdio: ['ignore', 'pipe', 'ignore'] })
  const none = (reason: string): NoMeter => ({ meter: 'nvidia-smi', reason })
  let watts = Number.NaN
  const lines = createInterface({ input: child.stdout })
  lines.on('line', (line) => (watts = Number(line)))
  const ended = Promise.race([once(child, 'error'), once(child, 'exit')]).then(
    () => 'ended' as const,
    () => 'ended' as const,
  )
  const waiting = new AbortController()
  const first = await Promise.race([
    once(lines, 'line', waiting).then(
      () => 'read' as const,
      () => 'ended' as const,
    ),
    ended,
    sleep(PATIENCE, 'late' as const, { signal: waiting.signal, ref: false }).catch(() => 'late' as const),
  ])
  waiting.abort()
  if (first === 'read' && Number.isFinite(watts)) {
    child.unref()
    // A stream of a child is a socket.
    ;(child.stdout as Socket).unref()
    const runs = (): boolean => child.exitCode === null && child.signalCode === null
    return {
      source: 'nvidia-smi, the whole GPU, idle subtracted',
      windowNs: 5e8,
      covers: ({ vendor, name, software }) => !software && /nvidia/i.test(`${vendor} ${name}`),
      during: (work) => integrate(() => (runs() ? watts : Number.NaN), work),
      close: () => child.kill(),
    }
  }
  child.kill()
  return none(
    first === 'read' ? 'nvidia-smi does not report the power of this GPU' : 'nvidia-smi does not run here',
  )
}
