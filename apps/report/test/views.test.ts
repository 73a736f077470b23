import { parseRun, recommend, type Run, setbacksFirst } from '@octet/results'
import type { Locator, Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { describeInBrowser, openReport } from './browser/open.ts'
import { RUNS } from './run/runs.ts'
import { syntheticRun } from './run/synthetic.ts'

for (const [name, run] of RUNS) {
  describeInBrowser(`the overview of ${name}`, () => {
    test('recommends in the words of the results package', async () => {
      const { page } = await openReport([run])
      const recommendation = recommend(run)
      const text = await page.locator('main').textContent()
      expect(text).toContain(recommendation.sentence)
      for (const { sentence } of recommendation.choices) expect(text).toContain(sentence)
    })

    test('what failed and was skipped comes first: in the title, the sentence and the sweep', async () => {
      const { page } = await openReport([run])
      const { headline } = recommend(run)
      expect(await page.locator('h1').textContent()).toBe(headline)
      const rows = await rowsOf(page).locator('.status').allTextContents()
      const setbacks = rows.filter((status) => status === 'failed' || status === 'skipped')
      expect(rows.slice(0, setbacks.length)).toEqual(setbacks.toSorted())
      if (setbacks.length > 0) expect(headline).toMatch(/failed|skipped/)
    })

    test('draws every measured cell once, with a text alternative', async () => {
      const { page } = await openReport([run])
      for (const { id, title } of run.workloads) {
        const chart = page.locator(`[id="workload-${id}"] figure`, { hasText: 'Accuracy against latency' })
        const measured = cellsOf(run, id).filter(({ task, latency, memory }) => task && latency && memory)
        expect(await chart.count()).toBe(measured.length > 0 ? 1 : 0)
        if (measured.length === 0) continue
        await chart.locator('svg').waitFor()
        expect(await chart.locator('[data-mark="dot"]').first().locator('path, circle').count()).toBe(
          measured.length,
        )
        const words = await chart.getByRole('img').getAttribute('aria-label')
        expect(words).toContain(title)
        expect(words).toContain('Pareto front')
      }
    })

    test('says the majority-class baseline of every workload and which adapters run on the CPU', async () => {
      const { page } = await openReport([run])
      for (const { id, baseline } of run.workloads) {
        const facts = await page.locator(`[id="workload-${id}"] .facts`).textContent()
        expect(facts).toContain(`always answering the largest class scores ${(baseline! * 100).toFixed(2)}%`)
      }
      const notice = page.locator('.notice')
      const used = run.machine.adapters.filter(
        ({ id, software }) => software && run.cells.some(({ adapter }) => adapter === id),
      )
      expect(await notice.count()).toBe(used.length > 0 ? 1 : 0)
      for (const { name } of used) expect(await notice.textContent()).toContain(name)
    })
  })

  describeInBrowser(`the training of ${name}`, () => {
    test('puts QAT beside PTQ, with what it recovered and what it cost', async () => {
      const { page } = await openReport([run])
      const rows = page.locator('#training tbody tr')
      expect(await rows.count()).toBe(run.trainings?.length ?? 0)
      for (const [i, { seconds, best, steps }] of (run.trainings ?? []).entries()) {
        const text = await rows.nth(i).textContent()
        expect(text).toContain('QAT')
        expect(text).toContain(`${best} of ${steps}`)
        expect(text).toContain(seconds === undefined ? 'trained before' : `${seconds} s`)
      }
    })

    test('draws the course of each, the kept step with it, with a text alternative', async () => {
      const { page } = await openReport([run])
      const workloads = new Set((run.trainings ?? []).map(({ workload }) => workload))
      const charts = page.locator('#training figure')
      expect(await charts.count()).toBe(workloads.size)
      for (const workload of workloads) {
        const chart = charts.filter({ hasText: `Course of training: ${workload}` })
        await chart.locator('svg').waitFor()
        expect(await chart.getByRole('img').getAttribute('aria-label')).toMatch(/at step \d+ of \d+/)
      }
    })
  })

  describeInBrowser(`the sweep table of ${name}`, () => {
    test('has a row for every cell and the reason of each that is not ok', async () => {
      const { page } = await openReport([run])
      expect(await rowsOf(page).count()).toBe(run.cells.length)
      const notes = await page.locator('#sweep .note').allTextContents()
      const said = new Set(notes.map((note) => note.replace(/^These \d+ rows: /, '')))
      expect(said).toEqual(new Set(run.cells.flatMap(({ reason }) => reason ?? [])))
      for (const status of new Set(run.cells.map(({ status }) => status))) {
        const count = run.cells.filter((cell) => cell.status === status).length
        expect(await page.locator(`#sweep .status.${status}`).count()).toBe(count)
      }
    })

    test('marks the latencies that cells share', async () => {
      const { page } = await openReport([run])
      const shared = run.cells.filter(({ latency }) => latency !== undefined && latency.shared.with > 0)
      expect(await page.locator('#sweep .tag', { hasText: 'shared' }).count()).toBe(shared.length)
    })

    test('sorts by every column, both ways, saying so', async () => {
      const few = run.cells.filter((_, i) => i % 4 === 0)
      const { page } = await openReport([{ ...run, cells: few }])
      expect(await rowsOf(page).count()).toBe(few.length)
      const heads = page.locator('#sweep thead th')
      for (let i = 0; i < (await heads.count()); i++) {
        const button = heads.nth(i).getByRole('button')
        await button.click()
        expect(await heads.nth(i).getAttribute('aria-sort')).toBe('ascending')
        const up = await figures(page, i)
        expect(up).toEqual(up.toSorted((a, b) => a - b))
        await button.click()
        expect(await heads.nth(i).getAttribute('aria-sort')).toBe('descending')
        expect(await figures(page, i)).toEqual(up.toReversed())
        expect(await page.locator('#sweep [aria-sort]').count()).toBe(1)
      }
    })

    test('filters, and the address brings the same view back', async () => {
      const { page } = await openReport([run])
      for (const precision of new Set(run.cells.map(({ precision }) => precision))) {
        await page.getByLabel('Precision').selectOption(precision)
        expect(await rowsOf(page).count()).toBe(
          run.cells.filter((cell) => cell.precision === precision).length,
        )
      }
      const [{ precision, workload }] = run.cells.toReversed()
      await page.locator('#sweep').getByLabel('Workload').selectOption(workload)
      await page.locator('#sweep').getByRole('button', { name: 'Accuracy' }).click()
      const left = cellsOf(run, workload).filter((cell) => cell.precision === precision).length
      expect(await rowsOf(page).count()).toBe(left)
      expect(await page.getByRole('status').textContent()).toContain(`${left} of ${run.cells.length}`)
      await page.reload()
      expect(await rowsOf(page).count()).toBe(left)
      expect(await page.locator('#sweep [aria-sort="ascending"]').textContent()).toContain('Accuracy')
      await page.getByRole('button', { name: 'Show all' }).click()
      expect(await rowsOf(page).count()).toBe(run.cells.length)
    })

    test('opens a cell by keyboard down to its samples and origin, and gives the focus back', async () => {
      const { page } = await openReport([run])
      const cells = setbacksFirst(run.cells)
      const index = cells.findIndex(({ latency }) => latency !== undefined)
      const cell = cells[index]
      const opener = rowsOf(page).nth(index).getByRole('button')
      await opener.focus()
      await page.keyboard.press('Enter')
      const dialog = page.getByRole('dialog')
      const text = await dialog.textContent()
      for (const part of [
        cell.key,
        run.run.commit,
        run.run.command,
        run.machine.fingerprint,
        cell.latency!.samples.join(' '),
      ])
        expect(text).toContain(part)
      await dialog.locator('svg').waitFor()
      expect(await dialog.locator('[data-mark="dot"] circle').count()).toBe(cell.latency!.samples.length)
      await page.keyboard.press('Escape')
      await expect.poll(() => dialog.count()).toBe(0)
      expect(await opener.evaluate((element) => element === document.activeElement)).toBe(true)
      await expect.poll(() => page.url()).not.toContain('cell=')
    })

    test('opens every cell from its address', async () => {
      const { page, complaints } = await openReport([run])
      for (const { key } of run.cells.filter((_, i) => i % 9 === 0)) {
        await page.evaluate(
          (hash) => {
            location.hash = hash
          },
          `sweep?${new URLSearchParams({ cell: key })}`,
        )
        await expect.poll(() => page.getByRole('dialog').locator('code').first().textContent()).toBe(key)
      }
      expect(complaints).toEqual([])
    })
  })

  describeInBrowser(`the layer view of ${name}`, () => {
    test('lists every tensor of every workload with a column for each calibrator', async () => {
      const { page } = await openReport([run])
      expect(await page.locator('#layers').count()).toBe(run.layers.length > 0 ? 1 : 0)
      for (const workload of new Set(run.layers.map(({ workload }) => workload))) {
        await page.locator('#layers').getByLabel('Workload').selectOption(workload)
        const layers = run.layers.filter((layer) => layer.workload === workload)
        const names = await page.locator('#layers .matrix tbody th').allTextContents()
        expect(names).toEqual(layers.map(({ tensor }) => tensor))
        const calibrators = new Set(layers.flatMap(({ perCalibration }) => Object.keys(perCalibration)))
        const audits = (['shift', 'fp16'] as const).filter((audit) => layers.some((layer) => layer[audit]))
        expect(await page.locator('#layers .matrix thead th').count()).toBe(
          2 + calibrators.size + audits.length,
        )
      }
    })

    test.skipIf(run.layers.length === 0)(
      'shows a tensor chosen by keyboard, its calibrators and the best of them',
      async () => {
        const { page, complaints } = await openReport([run])
        const layer = run.layers.filter(({ workload }) => workload === run.layers[0].workload).at(-1)!
        await page
          .locator('#layers .matrix')
          .getByRole('button', { name: layer.tensor, exact: true })
          .press('Enter')
        const chart = page.locator('#layers figure')
        expect(await chart.locator('.chart-title').textContent()).toContain(layer.tensor)
        const bins = layer.histogram.counts.filter((count) => count > 0).length
        await expect.poll(() => chart.locator('[data-mark="rect"] rect').count()).toBe(bins)
        const rows = page.locator('#layers .layer-focus tbody tr')
        expect(await rows.count()).toBe(Object.keys(layer.perCalibration).length)
        const best = Math.max(...Object.values(layer.perCalibration).map(({ sqnrDb }) => sqnrDb ?? Infinity))
        const shown = await rows.filter({ hasText: 'best' }).first().locator('td').first().textContent()
        expect(shown).toBe(best === Infinity ? '∞' : best.toFixed(1).replace('-', '−'))
        expect(await page.evaluate(() => document.activeElement?.textContent)).toBe(layer.tensor)
        await page.getByLabel('Log counts').uncheck()
        await expect.poll(() => chart.locator('svg').first().textContent()).not.toContain('(log)')
        await page.reload()
        expect(await chart.locator('.chart-title').textContent()).toContain(layer.tensor)
        expect(await page.getByLabel('Log counts').isChecked()).toBe(false)
        expect(complaints).toEqual([])
      },
    )
  })

  describeInBrowser(`the kernels and the environment of ${name}`, () => {
    test('kernels that a device picks are bars by shape, and there is no section where there are none', async () => {
      const { page } = await openReport([run])
      const picked = run.kernels.filter(({ picked = true }) => picked)
      expect(await page.locator('#kernels').count()).toBe(run.kernels.length > 0 ? 1 : 0)
      expect(await page.locator('#kernels .kernel').count()).toBe(picked.length)
      expect(await page.locator('#kernels .model').count()).toBe(
        (run.models ?? []).reduce((sum, { times }) => sum + times.length, 0),
      )
    })

    test('the environment says what ran where, from what, and how to repeat it', async () => {
      const { page } = await openReport([run])
      const text = await page.locator('#environment').textContent()
      const { machine, workloads } = run
      for (const part of [
        machine.cpu,
        machine.os,
        machine.runtime,
        machine.fingerprint,
        run.run.command,
        run.run.commit,
      ])
        expect(text).toContain(part)
      for (const { name, backend, features } of machine.adapters)
        for (const part of [name, backend, ...features]) expect(text).toContain(part)
      for (const { licence, source, notes } of workloads)
        for (const part of [licence, source, ...notes]) expect(text).toContain(part)
      expect(text!.includes('uncommitted changes')).toBe(run.run.dirty)
    })
  })
}

describeInBrowser('a run of models without an accuracy', () => {
  test('the page ranks, draws and lists it by the SQNR of the output', async () => {
    const run = withoutAccuracy(syntheticRun())
    const { page, complaints } = await openReport([run])
    const text = await page.locator('main').textContent()
    for (const { sentence } of recommend(run).choices) expect(text).toContain(sentence)
    expect(text).toContain('there are no labels and so no accuracy')
    const titles = await page.locator('#overview .chart-title').allTextContents()
    expect(new Set(titles)).toEqual(new Set(['SQNR by calibration']))
    await page.locator('#overview figure svg').first().waitFor()
    expect(await page.locator('#overview table').first().textContent()).toContain('Output SQNR')
    expect(text).not.toMatch(/NaN|undefined|largest class/)
    expect(complaints).toEqual([])
  })
})

describeInBrowser('kernels beside peers', () => {
  const [, run] = RUNS.at(-1)!

  test('a peer that wins is said to win, in words', async () => {
    const { page } = await openReport([run])
    expect(await page.locator('#kernels .winners').textContent()).toBe(
      'another FP32 beats our FP32 on 1 of 1 shapes',
    )
    expect(await page.locator('#kernels').textContent()).not.toContain('a third FP32 beats')
  })

  test('whole models are won and lost in words, on as many as they are', async () => {
    const [race] = run.models!
    const against = (ratio: number): (typeof race.times)[number] => ({
      by: 'a peer',
      precision: 'fp32',
      samples: race.times[0].samples,
      overhead: race.times[0].overhead,
      ours: [{ precision: 'int8', ratio: { ratio, ci95: [ratio * 0.9, ratio * 1.1] } }],
    })
    const models = [0.03, 0.05, 2].map((ratio) => Object.assign({}, race, { times: [against(ratio)] }))
    const { page } = await openReport([{ ...run, models }])
    const outcomes = page.locator('#kernels .outcomes')
    expect(await outcomes.locator('.loss').allTextContents()).toEqual([
      'a peer FP32 beats our INT8 on 2 of 3 models: it takes 0.030 to 0.050× our time.',
    ])
    expect(await outcomes.locator('.gain').allTextContents()).toEqual([
      'a peer FP32 loses to our INT8 on 1 of 3 models: it takes 2.00× our time.',
    ])
  })

  test('what was not timed is listed with its reason', async () => {
    const { page } = await openReport([run])
    expect(await page.locator('#kernels').textContent()).toContain('it fails <b>conformance</b>')
  })

  test('a run of kernels alone has a page of its own, without a sweep', async () => {
    const { page, complaints } = await openReport([{ ...run, cells: [], layers: [], workloads: [] }])
    expect(await page.locator('h1').textContent()).toContain('Kernels on')
    expect(await page.locator('#sweep').count()).toBe(0)
    expect(complaints).toEqual([])
  })
})

/** The run as if every model had one output. */
function withoutAccuracy(run: Run): Run {
  const absent: ReadonlySet<string> = new Set(['agreement', 'baseline', 'recorded'])
  const workloads = run.workloads.map((one) => Object.assign({}, one, { classes: [], task: 'none' }))
  const text = JSON.stringify({ ...run, workloads, trainings: [] }, (key, value: unknown) =>
    absent.has(key) ? undefined : value,
  )
  const { cells, ...rest } = JSON.parse(text) as Run
  return parseRun({ ...rest, cells: cells.map(({ task: _task, ...cell }) => cell) })
}

function rowsOf(page: Page): Locator {
  return page.locator('#sweep tbody tr:not(.note)')
}

function cellsOf(run: Run, workload: string): Run['cells'] {
  return run.cells.filter((cell) => cell.workload === workload)
}

/** The numbers of a column in the order shown, dashes and intervals left out; of a column without numbers, none. */
async function figures(page: Page, column: number): Promise<number[]> {
  const cells = await rowsOf(page).evaluateAll((rows, column) => {
    return rows.map((row) => {
      const cell = row.children[column].cloneNode(true) as Element
      if (!cell.classList.contains('number')) return ''
      for (const aside of cell.querySelectorAll('small, .tag')) aside.remove()
      return cell.textContent.trim()
    })
  }, column)
  const numbers = cells.map((text) =>
    Number(text.replace('−', '-').replaceAll(',', '').replace('∞', 'Infinity')),
  )
  return numbers.filter((number, i) => cells[i] !== '' && !Number.isNaN(number))
}
