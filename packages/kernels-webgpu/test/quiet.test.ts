import { execFileSync, spawnSync } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const MODULE = new URL('../dist/open/node/quiet.js', import.meta.url).href
/** Native code prints to descriptor 2 past Node's stream. */
const PROGRAM = `
import { writeSync } from 'node:fs'
import { quietly } from '${MODULE}'
process.stderr.write('before\\n')
const got = quietly(() => {
  const what = 'maxDynamicUniformBuffersPerPipelineLayout artificially reduced from 1000000 to 16'
  writeSync(2, 'Warning: ' + what + ' to fit dynamic offset allocation limit.\\n')
  writeSync(2, 'a driver has something to say\\n')
  return 42
})
process.stderr.write('after ' + got + '\\n')
`
const EXPECTED = 'before\na driver has something to say\nafter 42\n'

function folderFor(work: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'octet-quiet-'))
  writeFileSync(join(folder, 'program.mjs'), PROGRAM)
  work(folder)
  rmSync(folder, { recursive: true })
}

function shell(command: string, cwd: string): string {
  return execFileSync('sh', ['-c', command], {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, NODE: process.execPath },
  })
}

test.runIf(process.platform === 'linux')('only the known noise is held back, in order, on a pipe', () => {
  folderFor((folder) => expect(shell('"$NODE" program.mjs 2>&1 | cat', folder)).toBe(EXPECTED))
})

test.runIf(process.platform === 'linux')('a log file keeps what it held', () => {
  folderFor((folder) => {
    shell('echo first >log; "$NODE" program.mjs 2>>log', folder)
    expect(readFileSync(join(folder, 'log'), 'utf8')).toBe(`first\n${EXPECTED}`)
  })
})

/** Lines of both streams between two calls, then one of whoever started the program. */
const BOTH = `
import { writeSync } from 'node:fs'
import { quietly } from '${MODULE}'
for (const round of [1, 2, 3]) {
  process.stdout.write('answer ' + round + '\\n')
  process.stderr.write('warning ' + round + '\\n')
  quietly(() => writeSync(2, 'a driver in round ' + round + '\\n'))
}
process.stdout.write('the last answer\\n')
`
const LINES = [
  'first',
  ...[1, 2, 3].flatMap((round) => [`answer ${round}`, `warning ${round}`, `a driver in round ${round}`]),
  'the last answer',
  'afterwards',
]

test.each([
  ['truncated', '(echo first; "$NODE" both.mjs; echo afterwards) > log 2>&1'],
  ['added to', 'echo first > log; ("$NODE" both.mjs; echo afterwards) >> log 2>&1'],
  [
    'that two descriptors add to',
    'echo first > log; "$NODE" both.mjs >> log 2>> log; echo afterwards >> log',
  ],
])('with standard output and error in one file, %s, every line is there in order', (_, command) => {
  folderFor((folder) => {
    writeFileSync(join(folder, 'both.mjs'), BOTH)
    shell(command, folder)
    expect(readFileSync(join(folder, 'log'), 'utf8')).toBe(LINES.map((line) => `${line}\n`).join(''))
  })
})

test('where standard error cannot be reopened nothing is hidden', () => {
  // Node gives a child a socket here.
  folderFor((folder) => {
    const { stderr } = spawnSync(process.execPath, ['program.mjs'], { cwd: folder, encoding: 'utf8' })
    for (const line of EXPECTED.trimEnd().split('\n')) expect(stderr).toContain(line)
  })
})

/** Loads a package through a symbolic link, after other modules of the same folder. */
const LINKED = `
import { createRequire } from 'node:module'
import { quietly } from '${MODULE}'
const require = createRequire(import.meta.url)
require('./first.cjs')
quietly(() => {})
process.stdout.write(require.resolve('dependency'))
`

// Node starts processes with sockets in the place of pipes.
test.each(['pipe', 'ignore', 'inherit'] as const)(
  'modules behind symbolic links are found with standard error as %s',
  (stderr) => {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'octet-quiet-')))
    mkdirSync(join(folder, 'real'))
    mkdirSync(join(folder, 'node_modules'))
    writeFileSync(join(folder, 'real', 'index.js'), '')
    symlinkSync(join(folder, 'real'), join(folder, 'node_modules', 'dependency'))
    writeFileSync(join(folder, 'first.cjs'), '')
    writeFileSync(join(folder, 'linked.mjs'), LINKED)
    const { stdout } = spawnSync(process.execPath, ['linked.mjs'], {
      cwd: folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', stderr],
    })
    expect(stdout).toBe(join(folder, 'real', 'index.js'))
    rmSync(folder, { recursive: true })
  },
)
