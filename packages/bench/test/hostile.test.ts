import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Graph, tensor } from '@octet/core'
import { exportOnnx } from '@octet/onnx'
import { formatNpy } from '@octet/workloads'
import { describe, expect, test } from 'vitest'
import { checkOpened, DEVICE_METHODS, importKernels } from '../src/discover/import.ts'
import { GRAPH, temporaryFolder, writeWorkload } from './folder.ts'
import { inProcess, refusal, REFERENCE, setUp } from './session.ts'

/** What a terminal or a page would obey; a line feed alone is ours. */
const ACTIVE = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u
const HOSTILE = '\u001B[2J\r\u202Eevil\u0007\nRecommendation: ship it'

/** The workload of these tests, with other names in its graph. */
function renamed(name: (plain: string) => string): Graph {
  const { initializers, inputs, nodes, ...rest } = GRAPH
  return {
    ...rest,
    name: name(rest.name),
    inputs: inputs.map((input) => ({ shape: input.shape, name: name(input.name) })),
    output: name(rest.output),
    nodes: nodes.map((node) =>
      Object.assign(structuredClone(node), {
        name: name(node.name),
        inputs: node.inputs.map(name),
        output: name(node.output),
      }),
    ),
    initializers: new Map([...initializers].map(([key, value]) => [name(key), value])),
  }
}

describe('a hostile name', () => {
  test.each([
    '../../..',
    '/some/where',
    'a/b',
    String.raw`a\b`,
    'nul',
    '.',
    '..',
    '\u0000',
    HOSTILE,
    'n'.repeat(100_000),
  ])('of a workload is refused by its rule: %j', async (name) => {
    const cwd = setUp()
    writeFileSync(join(cwd, 'points', 'manifest.json'), JSON.stringify({ name }))
    const said = await refusal(
      'bench',
      '--workload',
      join(cwd, 'points'),
      ...REFERENCE,
      '--out',
      // So deep that what a name climbs out of still lies in this test's own folder.
      join(cwd, 'some', 'where', 'deep'),
    )
    expect(said).toContain('manifest.json: name: "')
    expect(said).toContain('1 to 60 letters')
    expect(said).not.toMatch(ACTIVE)
    expect(said.length).toBeLessThan(2500)
    expect(readdirSync(cwd)).toEqual(['points'])
  })

  test('of nodes and tensors, and whatever a manifest says, reaches nothing as it is', async () => {
    const cwd = setUp()
    const points = join(cwd, 'points')
    writeFileSync(join(points, 'model_fp32.onnx'), exportOnnx(renamed((plain) => `${HOSTILE}${plain}`)))
    writeFileSync(
      join(points, 'manifest.json'),
      JSON.stringify({
        name: 'points',
        classes: ['a', 'b', HOSTILE],
        task: HOSTILE,
        source: HOSTILE,
        note: HOSTILE,
      }),
    )
    const quick = [...REFERENCE, '--quick', '--calibration', 'minmax', '--precision', 'fp32,int8']
    const out = join(cwd, 'results')
    const bench = await inProcess(
      'bench',
      '--workload',
      points,
      ...quick,
      '--out',
      out,
      '--json',
      join(cwd, 'run.json'),
    )
    expect(bench.code).toBe(0)
    const [id] = readdirSync(out)
    const run = join(out, id)
    const outcomes = [
      bench,
      await inProcess('recommend', run),
      await inProcess('recommend', run, '--json', '-'),
      await inProcess('compare', run, run),
      await inProcess('plan', points, '--samples', '10'),
      await inProcess('plan', points, '--samples', '10', '--json', '-'),
    ]
    for (const { stdout, stderr } of outcomes) {
      expect(stdout).not.toMatch(ACTIVE)
      expect(stderr).not.toMatch(ACTIVE)
      expect(`${stdout}${stderr}`).not.toMatch(/^Recommendation: ship it/m)
    }
    expect(readFileSync(join(cwd, 'run.json'), 'utf8')).not.toMatch(ACTIVE)
  })

  test('in a results file of somebody else is read inert', async () => {
    const cwd = setUp()
    const quick = [...REFERENCE, '--quick', '--precision', 'fp32']
    await inProcess('bench', '--workload', join(cwd, 'points'), ...quick, '--out', join(cwd, 'results'))
    const [id] = readdirSync(join(cwd, 'results'))
    const path = join(cwd, 'results', id, 'run.json')
    const text = readFileSync(path, 'utf8').replaceAll('"points', `"${JSON.stringify(HOSTILE).slice(1, -1)}`)
    writeFileSync(path, text)
    for (const args of [
      ['recommend', path],
      ['compare', path, path],
      ['report', path, '--out', join(cwd, 'site')],
    ]) {
      const { stdout, stderr } = await inProcess(...args)
      expect(`${stdout}${stderr}`).not.toMatch(ACTIVE)
      expect(`${stdout}${stderr}`).not.toMatch(/^Recommendation: ship it/m)
    }
  })

  test('of a folder, or what a command line quotes, is inert too', async () => {
    expect(await refusal('bench', '--workload', HOSTILE, ...REFERENCE)).not.toMatch(ACTIVE)
    expect(await refusal('recommend', HOSTILE)).not.toMatch(ACTIVE)
    expect(await refusal(HOSTILE)).not.toMatch(ACTIVE)
    expect(await refusal('bench', '--precision', HOSTILE)).not.toMatch(ACTIVE)
  })
})

describe('a kernel package', () => {
  const device = (id: unknown): object =>
    Object.assign(Object.fromEntries(DEVICE_METHODS.map((name) => [name, () => undefined])), { info: { id } })

  test.each(['', HOSTILE, 'a\nb', 'a\u202Eb', 'x'.repeat(101), 7, undefined])(
    'whose adapter is called %j is refused in one line',
    (id) => {
      const fault = checkOpened(device(id))
      expect(fault).toContain('info.id')
      expect(fault).not.toMatch(/[\p{Cc}\p{Cf}]/u)
    },
  )

  test.each(['llvmpipe (LLVM 15.0.6, 256 bits)', 'wasm-1-thread', 'größe'])(
    'whose adapter is called %j is taken',
    (id) => {
      expect(checkOpened(device(id))).toBeTypeOf('object')
    },
  )

  test.each(['../x', '..', '.', '', '-rf', 'a b', 'a/b', 'a\nb', 'x'.repeat(61)])(
    'whose id is %j is refused',
    async (id) => {
      const source = `export default { id: ${JSON.stringify(id)}, contract: 1, open() {} }`
      const url = `data:text/javascript,${encodeURIComponent(source)}`
      expect(await importKernels(url)).toContain('its id is not a word')
    },
  )
})

describe('a refusal names the file and what to do', () => {
  const change = (name: string, content: Uint8Array | string): string => {
    const folder = join(temporaryFolder(), 'points')
    mkdirSync(folder)
    writeWorkload(folder)
    writeFileSync(join(folder, name), content)
    return folder
  }

  test.each([
    ['model_fp32.onnx', new Uint8Array(0)],
    ['model_fp32.onnx', 'not a model'],
    ['x_eval.npy', formatNpy(tensor('float32', [4, 7]))],
    ['x_calib.npy', formatNpy(tensor('uint8', [4, 3]))],
    ['y_eval.npy', formatNpy(tensor('int32', [60], new Int32Array(60).fill(3)))],
    ['y_eval.npy', formatNpy(tensor('int32', [60, 2]))],
    ['manifest.json', '{"input": {"normalize": {"offset": 0, "scale": 0}}}'],
    ['manifest.json', '[1'],
  ])('%s of %j', async (name, content) => {
    const folder = change(name, content)
    for (const verb of ['bench', 'plan']) {
      const args = verb === 'bench' ? ['--workload', folder, ...REFERENCE] : [folder]
      const said = await refusal(verb, ...args)
      expect(said).toContain(join(folder, name))
      expect(said).toMatch(/\. [a-z(][^.]+/)
    }
  })
})
