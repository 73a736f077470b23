import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { encodeOnnx, importOnnx } from '@octet/onnx'
import { openReference } from '@octet/core'
import { describe, expect, test } from 'vitest'
import { PROBLEMS } from '../src/kernels/catalog.ts'
import { contest } from '../src/kernels/contest.ts'
import { workOf } from '../src/kernels/peer-work.ts'
import type { Problem } from '../src/kernels/problem.ts'
import { PEERS } from '../src/peers/catalog.ts'
import { HeldLibrary } from '../src/peers/held-library.ts'
import { installPeers, PEERS_FOLDER } from '../src/peers/install.ts'
import { graphOf } from '../src/peers/library/onnx-graph.ts'
import type { PeerProcess } from '../src/peers/process.ts'
import type { PeerFormat, PeerWork, Request } from '../src/peers/protocol.ts'
import { choosePeers, type PeerTeam } from '../src/peers/team.ts'
import { temporaryFolder } from './folder.ts'

const FEW = { rounds: 6, regionNs: 1, budgetNs: 1 }
const INSTALLED = existsSync(join(PEERS_FOLDER, 'node_modules', 'onnxruntime-node'))

function problemNamed(shape: string): Problem {
  return PROBLEMS.find((one) => one.shape === shape)!
}

const GEMM = problemNamed('gemm 1x64x10')
const CONV = problemNamed('conv 1x1 1x64x7x7 to 64')

/** What a product comes to, straight from its definition. */
function product({ spec, x, weight }: PeerWork): Float32Array {
  const [m, k] = spec.inputs[0].shape
  const n = spec.output.shape[1]
  return Float32Array.from({ length: m * n }, (_, at) => {
    let sum = 0
    for (let i = 0; i < k; i++) sum += x[Math.floor(at / n) * k + i] * weight[i * n + (at % n)]
    return sum
  })
}

/** A peer in one format that answers as the test asks, in this process. */
function team(format: PeerFormat, output: (work: PeerWork) => Float32Array): PeerTeam {
  const ask = async (request: Request): Promise<unknown> => {
    if (request.ask === 'prepare') return { op: 1, output: output(request.work) }
    if (request.ask === 'fill') return { turnNs: 1000 }
    return request.ask === 'time' ? { ns: 5e6 } : null
  }
  const entry = {
    name: 'another',
    format,
    called: format,
    where: 'here',
    runsModels: false,
    process: { ask } as unknown as PeerProcess,
  }
  return { entries: [entry], absent: [], close: () => undefined }
}

const TRACK = { kernels: 'k', device: openReference() }

describe('a contest', () => {
  test('gives the time of a peer over ours in every precision, with where it ran and the drift', async () => {
    const { beside, notTimed } = await contest(GEMM, ['fp32', 'int8'], TRACK, team('f32', product), FEW)
    expect(notTimed).toEqual([])
    for (const precision of ['fp32', 'int8'] as const) {
      const { peers, drift } = beside.get(precision)!
      expect(peers).toMatchObject([{ name: 'another', precision: 'f32', note: 'here' }])
      expect(peers[0].ratio).toBeGreaterThan(0)
      expect(drift).toBeGreaterThan(0)
    }
  })

  test.each<[string, PeerFormat, (work: PeerWork) => Float32Array]>([
    ['one number off', 'f32', (work) => product(work).map((value, i) => (i === 3 ? value + 0.5 : value))],
    ['zeros', 'f16', (work) => product(work).fill(0)],
    ['NaN', 'w8', (work) => product(work).fill(Number.NaN)],
    ['too few numbers', 'u8s8', (work) => product(work).slice(1)],
  ])('does not time a peer that answers with %s', async (_, format, output) => {
    const { beside, notTimed } = await contest(GEMM, ['fp32'], TRACK, team(format, output), FEW)
    expect(beside.get('fp32')!.peers).toEqual([])
    expect(notTimed).toMatchObject([
      {
        peer: { name: 'another', precision: format },
        reason: expect.stringMatching(/computes something else/),
      },
    ])
  })

  test('lets 8-bit peers round by a step and stop at the ends of their range', async () => {
    const rounded = (work: PeerWork): Float32Array =>
      product(work).map(
        (value) => work.outputScale * Math.max(-128, Math.min(127, Math.round(value / work.outputScale))),
      )
    const { notTimed } = await contest(GEMM, ['fp32'], TRACK, team('u8s8', rounded), FEW)
    expect(notTimed).toEqual([])
  })

  test('asks nobody for a format that the op does not come in', async () => {
    const { beside, notTimed } = await contest(CONV, ['fp32'], TRACK, team('w8', product), FEW)
    expect([beside.get('fp32')!.peers, notTimed]).toEqual([[], []])
  })
})

describe('the work that peers are given', () => {
  test.each([GEMM, CONV])('$shape holds numbers that 8 bits hold: multiples of the step', (problem) => {
    const { x, weight, step } = workOf(problem)
    for (const value of [...x, ...weight]) {
      expect(Number.isInteger(value / step)).toBe(true)
      expect(value / step).toBeGreaterThanOrEqual(-128)
      expect(value / step).toBeLessThanOrEqual(127)
    }
  })

  test('is an ONNX model that another reader takes as one convolution, or a chain of them', () => {
    for (const copies of [1, 3]) {
      const graph = importOnnx(encodeOnnx(graphOf(workOf(CONV), 'f32').repeated(copies)))
      expect(graph.nodes.map(({ op }) => op)).toEqual(Array.from({ length: copies }, () => 'Conv'))
      expect(graph.inputs[0].shape).toEqual([64, 7, 7])
    }
  })

  test('is not chained where output and input differ', () => {
    const graph = graphOf(workOf(problemNamed('conv 1x1 1x16x14x14 to 32')), 'f32')
    expect(graph.repeated(1).nodes).toHaveLength(1)
    expect(() => graph.repeated(2)).toThrow('differ in shape')
  })

  test.each<[PeerFormat, string]>([
    ['f32', 'MatMul'],
    ['f16', 'MatMul'],
    ['w8', 'MatMulNBits'],
    ['u8s8', 'QLinearMatMul'],
  ])('stands in %s as so many copies of %s', (format, op) => {
    const { nodes, outputs } = graphOf(workOf(GEMM), format).repeated(5)
    expect(nodes.map((node) => node.op)).toEqual([op, op, op, op, op])
    expect(new Set(outputs.map(({ name }) => name)).size).toBe(5)
  })
})

describe('installing peers', () => {
  function folderWith(lock: object): string {
    const folder = temporaryFolder()
    writeFileSync(
      join(folder, 'package.json'),
      JSON.stringify({ name: 'p', version: '0.0.0', dependencies: { a: '1.0.0' } }),
    )
    writeFileSync(join(folder, 'package-lock.json'), JSON.stringify(lock))
    return folder
  }
  const LOCK = {
    name: 'p',
    version: '0.0.0',
    lockfileVersion: 3,
    packages: { '': { name: 'p', version: '0.0.0' }, 'node_modules/a': { version: '1.0.0' } },
  }

  test('does nothing where everything of the lockfile is there', async () => {
    const folder = folderWith(LOCK)
    mkdirSync(join(folder, 'node_modules'))
    writeFileSync(join(folder, 'node_modules', '.package-lock.json'), JSON.stringify(LOCK))
    let started = false
    await installPeers(() => (started = true), folder)
    expect(started).toBe(false)
  })

  test('fails in one line that says why, and how to mend it', async () => {
    const folder = folderWith({ ...LOCK, packages: {} })
    await expect(installPeers(() => undefined, folder)).rejects.toMatchObject({
      message: expect.stringMatching(/^the peers cannot be installed: [^\n]+$/),
      mend: expect.stringContaining('npm ci'),
    })
  })
})

test('peers are chosen by their ids or beginnings of them', () => {
  expect(choosePeers('all')).toEqual(PEERS)
  expect(choosePeers('onnxruntime,tfjs').map(({ id }) => id)).toEqual([
    'tfjs-backend-webgpu',
    'onnxruntime-webgpu',
    'onnxruntime-cpu',
  ])
  expect(() => choosePeers('onnxruntime,')).toThrow('there is no peer ""')
})

describe.skipIf(!INSTALLED)(
  `onnxruntime-node's CPU provider${INSTALLED ? '' : ' (not installed: octet kernels --peers installs it)'}`,
  () => {
    test('computes what our product is in float32 and in u8s8, and is timed', async () => {
      const work = workOf(GEMM)
      const library = await HeldLibrary.open('onnxruntime-cpu', { name: '', backend: '' })
      const expected = product(work)
      for (const [format, bound] of [
        ['f32', 1e-3],
        ['u8s8', work.outputScale],
      ] as const) {
        const { op, output } = await library.prepare(work, format)
        const range = 127 * work.outputScale
        for (const [i, value] of output.entries())
          expect(Math.abs(value - Math.max(-range, Math.min(range, expected[i])))).toBeLessThanOrEqual(bound)
        expect(await library.fill(op, 1e5)).toBeGreaterThan(0)
        expect(await library.time(op)).toBeGreaterThanOrEqual(0)
        await library.free(op)
      }
    })
  },
)
