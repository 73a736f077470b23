// Compiles the kernels and writes dist/modules.js with each module's bytes in base64, for Node and browsers.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import { withKernels } from './kernels.mjs'

// The compiler's optimizer is WebAssembly that runs for seconds. V8 would spend longer on optimizing it than that
// saves.
setFlagsFromString('--liftoff-only')
const { default: asc } = await import('assemblyscript/asc')

const folder = fileURLToPath(new URL('..', import.meta.url))
/** Below this address are the words that threads share. Static data follows. */
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
/** Every export of a file of ops/ is a kernel of the module that all engines have. */
const OPS = readdirSync(`${folder}assembly/ops`).map((file) => `assembly/ops/${file}`)
const SIMD = ['assembly/index.ts', ...OPS, '--enable', 'simd']
const RELAXED = ['--enable', 'simd', '--enable', 'relaxed-simd']
const MODULES = {
  simd: SIMD,
  relaxed: ['assembly/relaxed.ts', ...RELAXED],
  fused: ['assembly/fused.ts', ...RELAXED],
}
/** The memory limits of a module for threads: shared, 16 pages at first, at most 65,536 (`80 80 04`). */
const SHARED_MEMORY = [0x03, 0x10, 0x80, 0x80, 0x04]

/** Reads an unsigned LEB128 number at an offset. Returns its value and the offset behind it. */
function readNumber(bytes, at) {
  const byte = bytes[at]
  if (byte < 0x80) return [byte, at + 1]
  const [rest, end] = readNumber(bytes, at + 1)
  return [(byte & 0x7f) + rest * 0x80, end]
}

/**
 * The module for threads: the same module with another memory. The compiler's `--sharedMemory` changes only the
 * memory's limits in the import section (the second section, with one entry). So this function writes the limits, and
 * nothing is compiled again.
 */
function withSharedMemory(bytes) {
  let at = 8
  while (bytes[at] !== 2) {
    const [length, from] = readNumber(bytes, at + 1)
    at = from + length
  }
  const [length, from] = readNumber(bytes, at + 1)
  const limits = bytes.subarray(from, from + length).indexOf('memory') + from + 'memory'.length + 1
  const [, end] = readNumber(bytes, limits + 1)
  if (
    bytes[from] !== 1 ||
    bytes[limits - 1] !== 2 ||
    bytes[limits] !== 0 ||
    end !== from + length ||
    length > 100
  )
    throw new Error(
      'assembly/build.mjs: the import section is not one memory without a maximum; read it anew here',
    )
  const section = [...bytes.subarray(from, limits), ...SHARED_MEMORY]
  return Buffer.from([...bytes.subarray(0, at), 2, section.length, ...section, ...bytes.subarray(end)])
}

/** A source in the form for the compiler; null if there is none, because the compiler also asks for folders. */
function readFile(name) {
  const path = `${folder}${name}`
  if (!existsSync(path)) return null
  const source = readFileSync(path, 'utf8')
  return OPS.includes(name) ? withKernels(source) : source
}

mkdirSync(`${folder}dist`, { recursive: true })
const written = []
const write = (name, bytes) => written.push(`export const ${name} = '${bytes.toString('base64')}'\n`)
for (const [name, sources] of Object.entries(MODULES)) {
  const binary = `dist/${name}.wasm`
  const { error } = await asc.main([...sources, '-o', binary, ...OPTIONS], {
    stdout: process.stdout,
    stderr: process.stderr,
    readFile,
  })
  if (error) throw error
  const bytes = readFileSync(`${folder}${binary}`)
  rmSync(`${folder}${binary}`)
  write(name, bytes)
  write(`shared${name[0].toUpperCase()}${name.slice(1)}`, withSharedMemory(bytes))
}
writeFileSync(`${folder}dist/modules.js`, written.join(''))
