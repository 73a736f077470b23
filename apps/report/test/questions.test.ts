import { type Cell, onBoard, recommend, type Run } from '@octet/results'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { describeInBrowser, openReport } from './browser/open.ts'
import { syntheticRun } from './run/synthetic.ts'

const [, { id: workload, title }] = syntheticRun().workloads
const run = onBoard(entropyLosing(withWork(syntheticRun())), 'stm32u385')
const earlier = {
  ...syntheticRun(),
  run: { ...run.run, id: 'earlier', startedAt: '2026-01-04T08:12:00.000Z' },
}

/** A question of a reviewer, the clicks that lead to its answer, and the answer. */
interface Question {
  readonly asks: string
  /** At most two. */
  readonly clicks: readonly ((page: Page) => Promise<void>)[]
  readonly answer: (page: Page) => Promise<void>
}

const QUESTIONS: readonly Question[] = [
  {
    asks: 'what to ship',
    clicks: [],
    answer: (page) => says(page, 'h1', recommend(run).headline),
  },
  {
    asks: 'what is lost',
    clicks: [],
    answer: (page) => says(page, '.answer', /drop .*points \[.*\].*the whole interval is within it/),
  },
  {
    asks: 'why is entropy bad here',
    clicks: [(page) => follow(page, title), (page) => follow(page, /^Look at /)],
    answer: async (page) => {
      await says(page, '.layer-focus .chart-title', /^Distribution of /)
      await page.goBack()
      await says(
        page,
        '.causes',
        /entropy loses 6\.30 points with .*: it clips .* of “.*”, which uses \d+ of 256 levels/,
      )
    },
  },
  {
    asks: 'is my calibration data enough',
    clicks: [(page) => follow(page, title)],
    answer: async (page) => {
      await says(page, '.diagnosis', /Calibration data\s*\d+ fault/)
      await says(page, '.sufficiency', /64 of 256 samples suffice/)
    },
  },
  {
    asks: 'where does time go',
    clicks: [(page) => view(page, 'Pipeline')],
    answer: async (page) => {
      const lanes = await page.locator('.flow').evaluateAll((all) => all.map((one) => one.ariaLabel))
      expect(lanes[0]).toMatch(/^FP32, from sensor to answer: decode .* compute /)
      expect(lanes.at(-1)).toMatch(/^INT8, .*quantize .*dequantize/)
    },
  },
  {
    asks: 'what does it weigh',
    clicks: [],
    answer: (page) => says(page, '.answer', /Model[\d.]+ k?B.*smaller than FP32.*RAM/),
  },
  {
    asks: 'what energy does it take',
    clicks: [
      (page) =>
        page
          .getByLabel('Board')
          .selectOption('stm32u385')
          .then(() => undefined),
    ],
    answer: (page) => says(page, '.answer', /Energy[\d.]+ [mµ]J modelled for STM32U385 \(/),
  },
  {
    asks: 'what if I allow 2 points',
    clicks: [(page) => page.getByRole('slider', { name: 'Drop from FP32' }).press('ArrowRight')],
    answer: async (page) => {
      await says(page, '.slider', /at most 2\.00 points/)
      await says(page, 'h1', recommend(run, { maxLoss: { classification: 0.02 } }).headline)
    },
  },
  {
    asks: 'what changed between two runs',
    clicks: [(page) => view(page, 'Compare')],
    answer: async (page) => {
      await says(page, '.comparison', /^The comparison fails/)
      await says(page, '.changes', /accuracy.*%.*%/)
    },
  },
]

describeInBrowser('a reviewer finds within two clicks', () => {
  test.each(QUESTIONS)('$asks', async ({ clicks, answer }) => {
    expect(clicks.length).toBeLessThanOrEqual(2)
    const { page, complaints } = await openReport([run, earlier])
    for (const click of clicks) await click(page)
    await answer(page)
    expect(complaints).toEqual([])
  })
})

async function says(page: Page, selector: string, words: string | RegExp): Promise<void> {
  const read = (): Promise<string | undefined> =>
    page
      .locator(selector)
      .allTextContents()
      .then((texts) => texts.join('\n'))
  await expect.poll(read).toMatch(words)
}

async function follow(page: Page, name: string | RegExp): Promise<void> {
  await page.locator('main').getByRole('link', { name }).first().click()
}

async function view(page: Page, name: string): Promise<void> {
  await page.getByRole('navigation').getByRole('link', { name }).click()
}

/** The run as if it had recorded the multiply-adds of its models, from which modelled energy follows. */
function withWork(whole: Run): Run {
  return { ...whole, workloads: whole.workloads.map((one) => ({ ...one, macs: 1_000_000 })) }
}

/** The run as if entropy lost 6.3 points in one workload, whatever the weights. */
function entropyLosing(whole: Run): Run {
  const lossy = (cell: Cell): Cell =>
    cell.workload === workload && cell.calibration === 'entropy' && cell.task !== undefined
      ? {
          ...cell,
          task: { ...cell.task, value: cell.task.fp32 - 0.063, loss: 0.063, ci95: [0.05, 0.07] },
        }
      : cell
  const layers = whole.layers.map((layer) => ({
    ...layer,
    perCalibration: {
      ...layer.perCalibration,
      entropy: { ...layer.perCalibration['entropy'], clipped: 0.156, usedLevels: 86, sqnrDb: 2.3 },
    },
  }))
  return { ...whole, cells: whole.cells.map(lossy), layers }
}
