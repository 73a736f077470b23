import { type Cell, configurationKey } from '@octet/results'
import { expect, test } from 'vitest'
import { describeInBrowser, openReport } from './browser/open.ts'
import { syntheticRun } from './run/synthetic.ts'

const [{ id: workload }] = syntheticRun().workloads

describeInBrowser('the findings of a workload say plainly', () => {
  test('that INT8 loses time where its whole interval is below FP32, and that it gains where it is above', async () => {
    const slower = await findings(speed(0.6, [0.58, 0.62]))
    expect(slower.loss).toContainEqual(
      expect.stringMatching(/^INT8 is slower than FP32 .*0\.60× its speed \[0\.58, 0\.62\]/),
    )
    const faster = await findings(speed(1.8, [1.7, 1.9]))
    expect(faster.gain).toContainEqual(expect.stringMatching(/^INT8 is faster than FP32 .*1\.80×/))
    const equal = await findings(speed(1.02, [1.01, 1.03]))
    expect(equal.plain).toContainEqual(expect.stringMatching(/^INT8 is as fast as FP32/))
  })

  test('that times are unstable, without a verdict on them', async () => {
    const { plain, gain, loss } = await findings((cell) => ({
      ...cell,
      status: 'unstable',
      reason: 'too noisy',
    }))
    expect(plain).toContainEqual(
      expect.stringMatching(/^The times of FP32, FP16, INT8 on \S+ are unstable.*too noisy/),
    )
    expect([...gain, ...loss, ...plain].filter((text) => /(faster|slower|as fast)/.test(text))).toEqual([])
  })

  test('that only some times of a device are unstable', async () => {
    const { plain } = await findings((cell) =>
      cell.precision === 'int8' ? { ...cell, status: 'unstable', reason: 'too noisy' } : cell,
    )
    expect(plain).toContainEqual(expect.stringMatching(/^Some times of INT8 on \S+ are unstable/))
  })

  test('what QAT wins, and credits it to no calibration', async () => {
    const trained = await findings((cell) => dropping(cell, cell.method === 'qat' ? 0.01 : 0.2, 0.001))
    expect(trained.gain).toContainEqual(
      expect.stringMatching(/^QAT wins back 19\.00 points with 4-bit weights \(.*, QAT against /),
    )
    const wide = await findings((cell) =>
      cell.key.includes('per-channel/minmax') && !('transforms' in cell)
        ? dropping({ ...cell, method: 'qat' } as Cell, 0.01, 0.001)
        : dropping(cell, 0.2, 0.001),
    )
    expect(wide.plain).toContain('With per-channel weights the calibrations lie within 0.00 points.')
  })

  test('that per-tensor weights lose, that they may, or that they do not', async () => {
    expect((await findings(perTensorLoses(0.05, 0.01))).loss).toContainEqual(
      expect.stringMatching(/^Per-tensor weights lose 5\.00 points more/),
    )
    expect((await findings(perTensorLoses(0.05, 0.04))).plain).toContainEqual(
      expect.stringMatching(/^Per-tensor weights lose 5\.00 points more .* the intervals overlap/),
    )
    expect((await findings(perTensorLoses(0.002, 0.0001))).plain).toContainEqual(
      expect.stringMatching(/^Per-tensor weights are not visibly worse/),
    )
  })

  test('what a device takes longer than another', async () => {
    const { plain } = await findings((cell) => cell)
    expect(plain).toContainEqual(
      expect.stringMatching(
        /^On reference\/cpu \(CPU\) inference takes longer than on synthetic-gpu\/soft: 1[34]\.\d/,
      ),
    )
  })

  test('which configurations do no better than the largest class', async () => {
    const { loss } = await findings((cell) =>
      cell.task ? { ...cell, task: { ...cell.task, value: 0.01 } } : cell,
    )
    const { cells } = syntheticRun()
    const configurations = new Set(
      cells.filter((cell) => cell.workload === workload && cell.task && cell.latency).map(configurationKey),
    )
    expect(loss).toContainEqual(
      expect.stringContaining(
        `${configurations.size} configurations did no better than always answering the largest class`,
      ),
    )
  })

  test('which ops ran on the reference', async () => {
    const { loss } = await findings((cell) => ({
      ...cell,
      fallbackOps: cell.precision === 'int8' ? ['Softmax', 'Softmax'] : [],
    }))
    expect(loss).toContainEqual(expect.stringMatching(/^Softmax ran on the reference/))
  })
})

/** The findings of the first workload, by tone, when its cells are changed so. */
async function findings(change: (cell: Cell) => Cell): Promise<Record<'gain' | 'loss' | 'plain', string[]>> {
  const run = syntheticRun()
  const { page } = await openReport([{ ...run, cells: run.cells.map(change) }], {
    hash: `#workload?workload=${workload}`,
  })
  const ofTone = (tone: string): Promise<string[]> =>
    page.locator(`#workload .findings .${tone}`).allTextContents()
  return { gain: await ofTone('gain'), loss: await ofTone('loss'), plain: await ofTone('plain') }
}

function speed(ratio: number, ci95: [number, number]): (cell: Cell) => Cell {
  return (cell) =>
    cell.latency && cell.precision === 'int8'
      ? { ...cell, latency: { ...cell.latency, vsFp32: { ratio, ci95 } } }
      : cell
}

function perTensorLoses(drop: number, half: number): (cell: Cell) => Cell {
  return (cell) => dropping(cell, cell.weights.granularity === 'per-tensor' ? drop : 0, half)
}

function dropping(cell: Cell, drop: number, half: number): Cell {
  if (cell.task === undefined) return cell
  const { fp32 } = cell.task
  return {
    ...cell,
    task: { ...cell.task, loss: drop, value: fp32 - drop, ci95: [drop - half, drop + half] },
  }
}
