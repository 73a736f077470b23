import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseRun } from '@octet/results'
import { expect, test } from 'vitest'
import { BIN } from './octet.ts'
import { setUp } from './session.ts'

const WORKFLOW = readFileSync(new URL('../../../.github/workflows/bench.yml', import.meta.url), 'utf8')

/** Values of a key, wherever it stands: enough for a workflow, whose values are plain. */
function valuesOf(key: string): string[] {
  return [...WORKFLOW.matchAll(new RegExp(`\\b${key}: ([^,}\\n]+)`, 'g'))].map(([, value]) => value.trim())
}

test.skipIf(process.platform === 'win32')(
  'the publishing workflow finds every file that it copies and uploads, over a run of the bench',
  () => {
    const cwd = setUp()
    const octet = `${process.execPath} ${BIN}`
    const narrow = '--workload points --quick --kernels reference --precision fp32,int8 --calibration minmax'
    const commands = valuesOf('run').filter((command) => !command.startsWith('bash '))
    expect(commands.some((command) => / bench\b/.test(command))).toBe(true)
    for (const command of commands) {
      const ours = command
        .replace(/npx -y pnpm@\S+ bench\b/, `${octet} bench ${narrow}`)
        .replace(/npx -y pnpm@\S+ octet\b/, octet)
      expect(ours).not.toContain('npx')
      const { status, stderr } = spawnSync('sh', ['-ec', ours], { cwd, encoding: 'utf8' })
      expect([ours, status, status === 0 ? '' : stderr]).toEqual([ours, 0, ''])
    }
    const paths = valuesOf('path')
    expect(paths.length).toBeGreaterThan(0)
    for (const path of paths) expect([path, existsSync(join(cwd, path))]).toEqual([path, true])
    const site = join(cwd, paths.at(-1)!)
    expect(readFileSync(join(site, 'index.html'), 'utf8')).toContain('octet-runs')
    expect(parseRun(JSON.parse(readFileSync(join(site, 'run.json'), 'utf8'))).cells.length).toBeGreaterThan(1)
  },
)
