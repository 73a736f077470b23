import { spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The built program. */
export const BIN: string = fileURLToPath(new URL('../dist/bin.js', import.meta.url))
if (!existsSync(BIN)) throw new Error('packages/bench is not built: pnpm build')

export interface Outcome {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs the built program to its end. */
export function octet(cwd: string, ...args: string[]): Outcome {
  const { status, stdout, stderr } = spawnSync(process.execPath, [BIN, ...args], { cwd, encoding: 'utf8' })
  return { code: status, stdout, stderr }
}

/** Runs the built program and kills it once `enough` holds, as a power cut would. */
export async function octetKilledWhen(enough: () => boolean, cwd: string, ...args: string[]): Promise<void> {
  const child = spawn(process.execPath, [BIN, ...args], { cwd, stdio: 'ignore' })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  while (!enough() && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 1))
  child.kill('SIGKILL')
  await ended
}
