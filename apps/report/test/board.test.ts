import { type Cell, onBoard } from '@octet/results'
import { expect, test } from 'vitest'
import { goalsIn } from '../src/decision/controls.ts'
import { limitsOf } from '../src/decision/limits.ts'
import type { Address } from '../src/page/address.ts'
import { describeInBrowser, openReport } from './browser/open.ts'
import { syntheticRun } from './run/synthetic.ts'

const synthetic = syntheticRun()
const workloads = synthetic.workloads.map((one) => ({ ...one, macs: 1_000_000 }))
const cells = synthetic.cells.map((cell) => ({
  ...cell,
  ...(cell.memory && { memory: laidOut(cell.memory) }),
}))
const run = onBoard({ ...synthetic, workloads, cells }, 'stm32u385')
const RAM = 256 * 1024

/** As much larger than what is alive at one time as no rounding hides. */
function laidOut(memory: NonNullable<Cell['memory']>): NonNullable<Cell['memory']> {
  return { ...memory, arenaBytes: 2 * memory.activationPeakBytes }
}

/** The goals of an address with these choices. */
function goalsOf(choices: Readonly<Record<string, string>>): ReturnType<typeof goalsIn> {
  return goalsIn(run, { get: (name: string) => choices[name] } as Address)
}

test('goals of cost begin at what the board has, and no choice is past it', () => {
  const limits = new Map(limitsOf(run.cells, 'stm32u385').map((limit) => [limit.name, limit]))
  for (const [name, most] of [
    ['size', 1024 * 1024],
    ['ram', RAM],
  ] as const) {
    const { initial, stops } = limits.get(name)!
    expect(initial).toBe(most)
    expect(Math.max(...stops)).toBe(most)
    expect(stops.length).toBeGreaterThan(1)
  }
  expect(limits.get('latency')!.initial).toBeUndefined()
  expect(
    limitsOf(run.cells, undefined).every(({ name, initial }) => (name === 'ram' ? !initial : true)),
  ).toBe(true)
  expect(goalsOf({ board: 'stm32u385' })).toMatchObject({ board: 'stm32u385', maxRamBytes: RAM })
  expect(goalsOf({ board: 'stm32u385', ram: '1e9' }).maxRamBytes).toBe(RAM)
  expect(goalsOf({ board: 'stm32u385', ram: '5000' }).maxRamBytes).toBe(5000)
})

test('the RAM that a goal is moved over is the RAM that it judges', () => {
  const { stops } = limitsOf(run.cells, undefined).find(({ name }) => name === 'ram')!
  const judged = run.cells.flatMap(({ memory }) => memory?.arenaBytes ?? [])
  expect(stops.at(-1)).toBeGreaterThanOrEqual(Math.max(...judged))
})

describeInBrowser('a board', () => {
  test('has its limits in the goals, its notes, and energy of its own alone', async () => {
    const { page, complaints } = await openReport([run], { hash: '#decision?board=stm32u385' })
    const slider = page.getByRole('slider', { name: 'RAM of activations' })
    expect(await slider.getAttribute('aria-valuetext')).toBe('at most 262 kB')
    expect(await page.locator('.board-notes').textContent()).toContain('1024 KiB of flash and 256 KiB of RAM')
    expect(await page.locator('.answer').first().textContent()).toMatch(
      /RAM[\d.]+ kBactivations, as laid out in one block.*J modelled for STM32U385 \(/,
    )
    const [{ id }] = run.workloads
    const floats = run.cells.filter(({ workload, precision }) => workload !== id || precision === 'fp32')
    const { page: other } = await openReport([{ ...run, cells: floats }], {
      hash: '#decision?board=stm32u385',
    })
    expect(await other.locator('.answer').first().textContent()).toContain(
      'Energynone for this boardno published energy figures for STM32U385',
    )
    const { page: machine } = await openReport([run])
    expect(await machine.locator('.answer').first().textContent()).toContain(
      'Energynot measuredchoose a board for its modelled energy',
    )
    expect(complaints).toEqual([])
  })

  test('has a column of energy of its own, beside that of energy which was measured', async () => {
    const energy = { tier: 'measured', joules: 0.002, ci95: [0.001, 0.003], source: 'a meter' } as const
    const both = run.cells.map((cell) => (cell.precision === 'fp32' ? { ...cell, energy: [energy] } : cell))
    const { page } = await openReport([onBoard({ ...run, cells: both }, 'stm32u575')], {
      hash: '#cells?status=ok',
    })
    const heads = await page.locator('#cells thead th', { hasText: 'Energy' }).allTextContents()
    expect(heads).toEqual(['Energymeasured', 'EnergySTM32U385', 'EnergySTM32U575'])
    for (const [i, words] of ['measured', 'modelled for STM32U385', 'modelled for STM32U575'].entries()) {
      const energies = page.locator('#cells tbody td[data-head^="Energy,"]')
      await energies.filter({ hasText: words }).first().waitFor()
      const texts = await energies.allTextContents()
      const column = texts.filter((_, place) => place % 3 === i).filter((text) => text !== '–')
      for (const text of column) expect(text).toContain(`J ${words} (`)
    }
  })
})
