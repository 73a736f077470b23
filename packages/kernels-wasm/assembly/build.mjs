// Compiles the kernels and writes dist/modules.js: each module's bytes in base64, for Node and browsers alike.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import asc from 'assemblyscript/asc'

const folder = fileURLToPath(new URL('..', import.meta.url))
/** Below it lie the words that threads share; static data follows. */
const OPTIONS = [
  '-O3',
  '--runtime',
  'stub',
  '--importMemory',
  '--noAssert',
  '--memoryBase',
  '1024',
  '--use',
  'abort=',
]
const SHARED = ['--enable', 'threads', '--sharedMemory', '--initialMemory', '16', '--maximumMemory', '65536']
/** What a file of ops/ exports is a kernel of every module but the relaxed ones. */
const OPS = readdirSync(`${folder}assembly/ops`).map((file) => `assembly/ops/${file}`)
const SIMD = ['assembly/index.ts', ...OPS, '--enable', 'simd']
const RELAXED = ['assembly/relaxed.ts', '--enable', 'simd', '--enable', 'relaxed-simd']
const MODULES = {
  simd: SIMD,
  sharedSimd: [...SIMD, ...SHARED],
  relaxed: RELAXED,
  sharedRelaxed: [...RELAXED, ...SHARED],
}

mkdirSync(`${folder}dist`, { recursive: true })
const written = []
for (const [name, sources] of Object.entries(MODULES)) {
  const binary = `dist/${name}.wasm`
  const { error } = await asc.main(
    [...sources, '-o', binary, ...OPTIONS],
    { stdout: process.stdout, stderr: process.stderr },
    { baseDir: folder },
  )
  if (error) throw error
  const bytes = readFileSync(`${folder}${binary}`)
  rmSync(`${folder}${binary}`)
  written.push(`export const ${name} = '${bytes.toString('base64')}'\n`)
}
writeFileSync(`${folder}dist/modules.js`, written.join(''))
