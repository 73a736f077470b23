import { join } from 'node:path'
import { load, openReference } from '@octet/core'
import { median } from '@octet/core/statistics'
import { importOnnx } from '@octet/onnx'
import { parse, type ModelRace, ModelRaceSchema } from '@octet/results'
import { openWorkload } from '@octet/workloads'
import { beforeAll, describe, expect, test } from 'vitest'
import { raceModel } from '../src/models/race.ts'
import { type ReadyModel, readyModel } from '../src/models/ready.ts'
import { normalized } from '../src/models/runner.ts'
import type { PeerProcess } from '../src/peers/process.ts'
import type { Request } from '../src/peers/protocol.ts'
import type { PeerTeam } from '../src/peers/team.ts'
import { modelsInWords } from '../src/show/models.ts'
import { openSource, type SourceFiles } from '../src/source/open.ts'
import { inProcess, refusal, setUp } from './session.ts'

const FEW = { rounds: 6, regionNs: 1, budgetNs: 1 }
const TRACK = { kernels: 'k', device: openReference() }

/** A runtime whose models take 9 ms, and one op 2 ms; its answer is `output`. */
function runtime(output: Float32Array): PeerTeam {
  const loaded: Uint8Array[] = []
  const ask = async (request: Request): Promise<unknown> => {
    if (request.ask === 'load') return { model: loaded.push(request.model), output }
    if (request.ask !== 'run') return null
    return { ns: Array.from({ length: request.repeats }, () => (request.model === 1 ? 9e6 : 2e6)) }
  }
  const entry = {
    name: 'another',
    format: 'f32',
    called: 'fp32',
    where: 'here',
    runsModels: true,
    process: { ask } as unknown as PeerProcess,
  }
  return { entries: [entry], absent: [{ name: 'a third', reason: 'no network' }] } as unknown as PeerTeam
}

let ready: ReadyModel
let answer: Float32Array

beforeAll(async () => {
  ready = await readyModel(await openWorkload('weather-mlp'))
  const fp32 = ready.programs.find(({ precision }) => precision === 'fp32')!
  answer = (await (await load(fp32, openReference())).run(ready.sample)).data
})

describe('a race of models', () => {
  test('gives both our precisions and the peer, with the overhead of each apart', async () => {
    const race: ModelRace = await raceModel(ready, TRACK, runtime(answer), FEW)
    expect(parse(ModelRaceSchema, JSON.parse(JSON.stringify(race)), 'the race')).toEqual(race)
    expect(race.times.map(({ by, precision }) => `${by} ${precision}`)).toEqual([
      'octet int8',
      'octet fp32',
      'another fp32',
    ])
    for (const { samples, overhead } of race.times) expect([samples.length, overhead.length]).toEqual([6, 6])
    const [int8, fp32, peer] = race.times
    expect([int8.vsFp32 !== undefined, fp32.vsFp32, peer.vsFp32]).toEqual([true, undefined, undefined])
    expect([median(peer.samples), median(peer.overhead)]).toEqual([9e6, 2e6])
    expect(peer.ours?.map(({ precision }) => precision)).toEqual(['int8', 'fp32'])
    expect(race.absent).toEqual([{ by: 'a third', precision: 'fp32', reason: 'no network' }])
    expect(race.macs).toBe(8 * 48 + 48 * 32 + 32 * 5)
    const text = modelsInWords([race], [])
    expect(text).toContain('7.00 ms')
    expect(text).toContain('not timed: a third fp32. no network')
  })

  test('does not time a peer that answers otherwise', async () => {
    const race = await raceModel(ready, TRACK, runtime(answer.map((value) => value + 1)), FEW)
    expect(race.times).toHaveLength(2)
    expect(race.absent[0].reason).toMatch(/computes something else/)
  })

  test('gives peers the model itself, and what its normalizer makes of the sample', () => {
    const graph = importOnnx(ready.onnx)
    expect(graph.nodes.filter(({ op }) => op === 'Gemm')).toHaveLength(3)
    const { sample, input } = ready
    const normalizer = { offset: Float32Array.of(2), scale: Float32Array.of(0.5) }
    expect(normalized(sample, normalizer).data[0]).toBe((sample.data[0] - 2) * 0.5)
    expect(input.shape).toEqual(sample.shape)
  })
})

describe('a MODEL.onnx', () => {
  const folder = join(setUp(), 'points')
  const model = join(folder, 'model_fp32.onnx')
  const calibration = join(folder, 'x_calib.npy')
  const raced = async (files: SourceFiles): Promise<ModelRace> =>
    raceModel(await readyModel(await openSource(model, files)), TRACK, undefined, FEW)

  test('without data is timed in FP32 on random input; the race says so, and says what INT8 needs', async () => {
    const { workload, times, absent } = await raced({})
    expect(workload).toBe('model_fp32')
    expect(times.map(({ precision }) => precision)).toEqual(['fp32'])
    expect(times[0].note).toContain('on random input, uniform in [0, 1), seed 1')
    expect(absent).toEqual([
      { by: 'octet', precision: 'int8', reason: 'Nothing calibrates it: give --calib X.npy' },
    ])
  })

  test('with calibration samples is timed in INT8 too, on the first of them', async () => {
    const { times, absent } = await raced({ calibration })
    expect(absent).toEqual([])
    expect(times.map(({ precision }) => precision)).toEqual(['int8', 'fp32'])
    expect(times.map(({ note = '' }) => note).join()).not.toContain('random')
  })

  test('has its flags in octet models, which answers with a run that has models alone', async () => {
    const asked = ['--kernels', 'reference', '--tune', '0', '--json', '-']
    const { code, stdout } = await inProcess(
      'models',
      model,
      '--calib',
      calibration,
      '--name',
      'three',
      ...asked,
    )
    expect(code).toBe(0)
    const { models, cells } = JSON.parse(stdout) as { models: ModelRace[]; cells: unknown[] }
    expect(models.map(({ workload, times }) => [workload, times.length])).toEqual([['three', 2]])
    expect(cells).toEqual([])
  })

  test('refuses flags that go with no model, or with several', async () => {
    expect(await refusal('models', folder, '--calib', 'x.npy')).toContain('--calib goes with a MODEL.onnx')
    expect(await refusal('models', model, model, '--dim', 'n=1')).toContain('--dim goes with one MODEL.onnx')
    expect(await refusal('models', model, '--labels', 'y.npy')).toContain('--labels goes with --eval')
  })
})
