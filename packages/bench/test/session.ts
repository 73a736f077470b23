import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseRun, type Run } from '@octet/results'
import { expect, vi } from 'vitest'
import { main } from '../src/command/main.ts'
import { temporaryFolder, writeWorkload } from './folder.ts'
import type { Outcome } from './octet.ts'

export const REFERENCE = ['--kernels', 'reference', '--no-report'] as const

/** A folder to run in, with a workload in `points`. */
export function setUp(changes: Parameters<typeof writeWorkload>[1] = {}): string {
  const cwd = temporaryFolder()
  mkdirSync(join(cwd, 'points'))
  writeWorkload(join(cwd, 'points'), changes)
  return cwd
}

export function onlyRun(cwd: string, out = 'results'): string {
  const [id, ...others] = readdirSync(join(cwd, out))
  expect(others).toEqual([])
  return join(cwd, out, id)
}

export function read(folder: string): Run {
  return parseRun(JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8')))
}

/** The one line that a fault ends in. */
export function fault({ code, stderr, stdout }: Outcome): string {
  expect(code).toBe(2)
  expect(stdout).toBe('')
  expect(stderr).toMatch(/^octet: [^\n]+\n$/)
  return stderr
}

/** Runs a command line in this process, which spares a start of node. */
export async function inProcess(...args: string[]): Promise<Outcome> {
  const [stdout, stderr] = [process.stdout, process.stderr].map((stream) =>
    vi.spyOn(stream, 'write').mockReturnValue(true),
  )
  const code = await main(args)
  const [written, told] = [stdout, stderr].map(({ mock }) => mock.calls.map(([text]) => text).join(''))
  vi.restoreAllMocks()
  return { code, stdout: written, stderr: told }
}

/** Runs a command line in this process, in a folder that its paths are relative to. */
export async function inFolder(cwd: string, ...args: string[]): Promise<Outcome> {
  const before = process.cwd()
  process.chdir(cwd)
  try {
    return await inProcess(...args)
  } finally {
    process.chdir(before)
  }
}

/** Runs a command line that must be refused; returns the line it ends in. */
export async function refusal(...args: string[]): Promise<string> {
  return fault(await inProcess(...args))
}

/** Puts a bad value into one of a workload's two sets. */
export function spoil(
  what: 'evaluation' | 'calibration',
  value: number,
): NonNullable<Parameters<typeof writeWorkload>[1]> {
  return {
    spoil: (x, set) => {
      if (set === what) x[7] = value
    },
  }
}
