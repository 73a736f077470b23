import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { temporaryFolder } from './folder.ts'

const DIST = new URL('../dist/', import.meta.url)

/**
 * A script that starts a child and then waits; the child writes its process id, and that of a process that it starts,
 * and blocks for good.
 */
function family(folder: string): string {
  mkdirSync(folder, { recursive: true })
  const end = JSON.stringify(new URL('process/end-with-parent.js', DIST).href)
  const fork = JSON.stringify(new URL('process/fork.js', DIST).href)
  writeFileSync(
    join(folder, 'child.mjs'),
    `import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { endWithParent } from ${end}
endWithParent()
const { pid } = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' })
setTimeout(() => {
  writeFileSync(${JSON.stringify(join(folder, 'ids'))}, process.pid + ' ' + pid + '\\n')
  for (;;);
}, 300)
`,
  )
  writeFileSync(
    join(folder, 'parent.mjs'),
    `import { forkChild } from ${fork}
forkChild(${JSON.stringify(join(folder, 'child.mjs'))}, ['ignore', 'ignore', 'ignore'])
process.once('SIGTERM', () => process.exit(7))
setInterval(() => {}, 1000)
`,
  )
  return join(folder, 'parent.mjs')
}

function lives(id: number): boolean {
  try {
    process.kill(id, 0)
    // A zombie waits for its parent and runs no more.
    return process.platform !== 'linux' || !/^State:\s+Z/m.test(readFileSync(`/proc/${id}/status`, 'utf8'))
  } catch {
    return false
  }
}

function idsIn(path: string): number[] | undefined {
  try {
    const text = readFileSync(path, 'utf8')
    return text.endsWith('\n') ? text.trim().split(' ').map(Number) : undefined
  } catch {
    return undefined
  }
}

test.skipIf(process.platform === 'win32').each(['SIGKILL', 'SIGTERM'] as const)(
  'a child that blocks, and what it started, end with a parent that %s ends',
  async (signal) => {
    const folder = temporaryFolder()
    const parent = spawn(process.execPath, [family(folder)], { stdio: 'ignore' })
    let ids: number[] | undefined
    while ((ids = idsIn(join(folder, 'ids'))) === undefined) await sleep(20)
    expect(ids.map(lives)).toEqual([true, true])
    parent.kill(signal)
    while (ids.some(lives)) await sleep(20)
  },
)
