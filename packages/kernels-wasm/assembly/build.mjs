// Compiles the kernels and writes dist/modules.js: each module's bytes in base64, for Node and browsers alike.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
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
const MODULES = {
  simd: ['index.ts', '--enable', 'simd'],
  sharedSimd: ['index.ts', '--enable', 'simd', ...SHARED],
  relaxed: ['relaxed.ts', '--enable', 'simd', '--enable', 'relaxed-simd'],
  sharedRelaxed: ['relaxed.ts', '--enable', 'simd', '--enable', 'relaxed-simd', ...SHARED],
}

mkdirSync(`${folder}dist`, { recursive: true })
const written = []
for (const [name, [source, ...features]] of Object.entries(MODULES)) {
  const binary = `dist/${name}.wasm`
  const { error } = await asc.main(
    [`assembly/${source}`, '-o', binary, ...OPTIONS, ...features],
    { stdout: process.stdout, stderr: process.stderr },
    { baseDir: folder },
  )
  if (error) throw error
  const bytes = readFileSync(`${folder}${binary}`)
  rmSync(`${folder}${binary}`)
  written.push(`export const ${name} = '${bytes.toString('base64')}'\n`)
}
writeFileSync(`${folder}dist/modules.js`, written.join(''))
