import { type ChildProcess, spawn } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { workspaceRoot } from '../src/discover/workspace.ts'
import { temporaryFolder, writeWorkload } from './folder.ts'
import { BIN, type Outcome } from './octet.ts'

const CHECKOUT = workspaceRoot()
const HERE = fileURLToPath(new URL('.', import.meta.url))

/** What `kernels-faulty` reads from its environment. */
export interface Fault {
  readonly FAULT: string
  readonly FAULT_AFTER?: string
  readonly FAULT_IN?: 'batches' | 'samples'
  /** How long octet lets it be silent. */
  readonly OCTET_PATIENCE_S?: string
}

/**
 * A workspace with the built program, `kernels-faulty` and `kernels-honest`, and a workload of 8 batches in `points`.
 */
export function faultyWorkspace(): string {
  const root = temporaryFolder()
  const bench = join(root, 'packages', 'bench')
  mkdirSync(bench, { recursive: true })
  writeFileSync(join(root, 'pnpm-workspace.yaml'), 'packages:\n  - packages/*\n')
  cpSync(join(BIN, '..'), join(bench, 'dist'), { recursive: true })
  cpSync(join(CHECKOUT, 'packages', 'bench', 'package.json'), join(bench, 'package.json'))
  symlinkSync(join(CHECKOUT, 'packages', 'bench', 'node_modules'), join(bench, 'node_modules'))
  mkdirSync(join(root, 'node_modules', '@octet'), { recursive: true })
  symlinkSync(join(CHECKOUT, 'packages', 'core'), join(root, 'node_modules', '@octet', 'core'))
  for (const name of ['kernels-faulty', 'kernels-honest'])
    cpSync(join(HERE, name), join(root, 'packages', name), { recursive: true })
  mkdirSync(join(root, 'points'))
  writeWorkload(join(root, 'points'), { samples: 2000 })
  return root
}

const SWEEP = [
  '--workload',
  'points',
  '--quick',
  '--samples',
  '2000',
  '--no-report',
  '--precision',
  'fp32,int8',
]
const NARROW = ['--calibration', 'minmax', '--granularity', 'per-channel', '--weight-bits', '8']

/** Sweeps the workload on both packages, the faulty one at fault. */
export function sweepWith(root: string, fault: Fault): Promise<Outcome> {
  return octetIn(root, fault, 'bench', ...SWEEP, ...NARROW)
}

/** Goes on with the only run there is. */
export function resumeWith(root: string, fault: Fault): Promise<Outcome> {
  return octetIn(root, fault, 'bench', '--no-report', '--resume', join('results', onlyRunIn(root)))
}

export function onlyRunIn(root: string): string {
  const runs = existsSync(join(root, 'results')) ? readdirSync(join(root, 'results')) : []
  if (runs.length !== 1) throw new Error(`there are ${runs.length} runs`)
  return runs[0]
}

/** Begins the same sweep and stops it by a signal once `enough` of its journal is there. */
export async function sweepStopped(
  root: string,
  fault: Fault,
  signal: NodeJS.Signals,
  enough: (journal: string) => boolean,
): Promise<Outcome> {
  const { child, outcome } = begin(root, fault, 'bench', ...SWEEP, ...NARROW)
  const journal = (): string => {
    const [run] = existsSync(join(root, 'results')) ? readdirSync(join(root, 'results')) : []
    const path = join(root, 'results', run ?? '', 'journal.ndjson')
    return run !== undefined && existsSync(path) ? readFileSync(path, 'utf8') : ''
  }
  while (!enough(journal()) && child.exitCode === null)
    await new Promise((resolve) => setTimeout(resolve, 20))
  child.kill(signal)
  return outcome
}

function octetIn(cwd: string, fault: Fault, ...args: string[]): Promise<Outcome> {
  return begin(cwd, fault, ...args).outcome
}

function begin(
  cwd: string,
  fault: Fault,
  ...args: string[]
): { readonly child: ChildProcess; readonly outcome: Promise<Outcome> } {
  const env = { ...process.env, ...fault, XDG_CACHE_HOME: join(cwd, 'cache') }
  const program = join(cwd, 'packages', 'bench', 'dist', 'bin.js')
  const child = spawn(process.execPath, [program, ...args], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  const said = { stdout: '', stderr: '' }
  child.stdout.on('data', (text: Buffer) => (said.stdout += text.toString()))
  child.stderr.on('data', (text: Buffer) => (said.stderr += text.toString()))
  const outcome = new Promise<Outcome>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, ...said }))
  })
  return { child, outcome }
}
