import { parseRun, recommend, type Run } from '@octet/results'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { describeInBrowser, openReport } from './browser/open.ts'
import { RUNS } from './run/runs.ts'
import { syntheticRun } from './run/synthetic.ts'

for (const [name, run] of RUNS) {
  describeInBrowser(`the decision of ${name}`, () => {
    test('recommends in the words of the results package, and each workload in its view', async () => {
      const { page } = await openReport([run])
      const { headline, sentence, choices } = recommend(run)
      expect(await page.locator('h1').textContent()).toBe(headline)
      for (const clause of clausesOf(sentence.slice(headline.length + 1)))
        expect(await clauses(page)).toContain(clause)
      for (const { workload, sentence } of choices) {
        await page.goto(page.url().replace(/#.*|$/, `#workload?workload=${workload}`))
        for (const clause of clausesOf(sentence.slice(workload.length + 1)))
          expect(await clauses(page)).toContain(clause)
      }
    })

    test('what failed and was skipped comes first: in the title, the sentence and the cells', async () => {
      const { page } = await openReport([run], { hash: '#decision' })
      const { headline } = recommend(run)
      expect(await page.locator('h1').textContent()).toBe(headline)
      await page.getByRole('navigation').getByRole('link', { name: 'Cells' }).click()
      const rows = await page.locator('#cells tbody .status').allTextContents()
      const setbacks = rows.filter((status) => status === 'failed' || status === 'skipped')
      expect(rows.slice(0, setbacks.length)).toEqual(setbacks.toSorted())
      if (setbacks.length > 0) expect(headline).toMatch(/failed|skipped/)
    })

    test('draws every measured cell, alone or in a heap, with a text alternative and a table', async () => {
      for (const { id, title } of run.workloads) {
        const { page } = await openReport([run], { hash: `#decision?workload=${id}` })
        const chart = page.locator('figure', { hasText: 'Accuracy against latency' })
        const measured = cellsOf(run, id).filter(({ task, latency, memory }) => task && latency && memory)
        expect(await chart.count()).toBe(measured.length > 0 ? 1 : 0)
        if (measured.length === 0) continue
        await chart.locator('svg').waitFor()
        const marks = await chart.locator('[data-mark="dot"]').first().locator('path, circle').count()
        const heaps = (await chart.locator('svg text').allTextContents()).filter((text) =>
          /^×\d+$/.test(text),
        )
        const heaped = heaps.reduce((sum, text) => sum + Number(text.slice(1)) - 1, 0)
        expect(marks + heaped).toBe(measured.length)
        const words = await chart.getByRole('img').getAttribute('aria-label')
        expect(words).toContain(title)
        expect(words).toContain('Pareto front')
        await chart.getByText('Figures as a table').click()
        await expect.poll(() => chart.locator('tbody tr').count()).toBe(measured.length)
      }
    })

    test('says the majority-class baseline of every workload and which adapters run on the CPU', async () => {
      const { page } = await openReport([run])
      const notice = page.locator('.notice')
      const used = run.machine.adapters.filter(
        ({ id, software }) => software && run.cells.some(({ adapter }) => adapter === id),
      )
      expect(await notice.count()).toBe(used.length > 0 ? 1 : 0)
      for (const { name } of used) expect(await notice.textContent()).toContain(name)
      for (const { id, baseline } of run.workloads) {
        await page.goto(page.url().replace(/#.*|$/, `#workload?workload=${id}`))
        await expect
          .poll(() => page.locator('.facts').textContent())
          .toContain(`always answering the largest class scores ${(baseline! * 100).toFixed(2)}%`)
      }
    })

    test('moves with its goals: under the tightest loss FP32, and the address keeps it', async () => {
      const { page } = await openReport([run])
      const slider = page.getByRole('slider', { name: 'Drop from FP32' })
      await slider.focus()
      await page.keyboard.press('Home')
      const { goals, headline } = recommend(run, { maxLoss: { classification: 0.001 } })
      expect(goals.maxLoss).toBeDefined()
      expect(await page.locator('h1').textContent()).toBe(headline)
      expect(page.url()).toContain('drop-classification=0.1')
      await page.reload()
      expect(await page.locator('h1').textContent()).toBe(headline)
      expect(await slider.getAttribute('aria-valuetext')).toBe('at most 0.10 points')
      await page.getByRole('button', { name: 'Default goals' }).click()
      expect(await page.locator('h1').textContent()).toBe(recommend(run).headline)
    })
  })

  describeInBrowser(`the training of ${name}`, () => {
    test('puts QAT beside PTQ, with what it recovered and what it cost', async () => {
      const { page } = await openReport([run], { hash: '#training' })
      const rows = page.locator('#training tbody tr')
      expect(await rows.count()).toBe(run.trainings?.length ?? 0)
      for (const [i, { seconds, best, steps }] of (run.trainings ?? []).entries()) {
        const text = await rows.nth(i).textContent()
        expect(text).toContain('QAT')
        expect(text).toContain(`${best} of ${steps}`)
        expect(text).toContain(seconds === undefined ? 'trained before' : `${seconds} s`)
      }
    })

    test.skipIf(run.trainings === undefined)('has the spread over seeds from other runs', async () => {
      const words = (page: Page): Promise<string | null> => page.locator('#training').textContent()
      const { page } = await openReport([run], { hash: '#training' })
      expect(await words(page)).toContain('the difference between seeds is unknown')
      const other = { ...run, run: { ...run.run, id: 'other-seed', seed: run.run.seed + 1 } }
      const { page: both } = await openReport([run, other], { hash: '#training' })
      expect(await words(both)).toContain('1 run')
      expect(await both.locator('#training thead th').last().textContent()).toBe('QAT, other seeds')
    })

    test('draws the course of each, the kept step with it, with a text alternative', async () => {
      const { page } = await openReport([run], { hash: '#training' })
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

  describeInBrowser(`the layer view of ${name}`, () => {
    test('lists every tensor of every workload with a column for each calibrator', async () => {
      const { page } = await openReport([run], { hash: '#layers' })
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
        const { page, complaints } = await openReport([run], { hash: '#layers' })
        const layer = run.layers.filter(({ workload }) => workload === run.layers[0].workload).at(-1)!
        await page
          .locator('#layers .matrix')
          .getByRole('button', { name: layer.tensor, exact: true })
          .press('Enter')
        const chart = page.locator('#layers figure', { hasText: 'Distribution of' })
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
      const { page } = await openReport([run], { hash: '#kernels' })
      const picked = run.kernels.filter(({ picked = true }) => picked)
      expect(await page.locator('#kernels').count()).toBe(run.kernels.length > 0 ? 1 : 0)
      expect(await page.locator('#kernels .kernel').count()).toBe(picked.length)
      expect(await page.locator('#kernels .model').count()).toBe(
        (run.models ?? []).reduce((sum, { times }) => sum + times.length, 0),
      )
    })

    test('the environment says what ran where, from what, and how to repeat it', async () => {
      const { page } = await openReport([run], { hash: '#environment' })
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
    for (const { workload, sentence } of recommend(run).choices) {
      const { page, complaints } = await openReport([run], { hash: `#workload?workload=${workload}` })
      for (const clause of clausesOf(sentence.slice(workload.length + 1)))
        expect(await clauses(page)).toContain(clause)
      expect(await page.locator('.charts .chart-title').allTextContents()).toEqual(['SQNR by calibration'])
      await page.locator('figure svg').first().waitFor()
      expect(await page.locator('table').last().textContent()).toContain('Output SQNR')
      expect(await page.locator('main').textContent()).not.toMatch(/NaN|undefined|largest class/)
      expect(complaints).toEqual([])
    }
    const { page, complaints } = await openReport([run])
    const text = await page.locator('main').textContent()
    expect(text).toContain('the model has no accuracy')
    expect(text).not.toMatch(/NaN|undefined|largest class/)
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

/** The clauses of a sentence, in lower case, as the page may begin one with a capital. */
function clausesOf(sentence: string): string[] {
  return sentence
    .replace(/^[;:.]?\s*/, '')
    .replace(/\.$/, '')
    .split('; ')
    .map((clause) => clause.toLowerCase())
}

async function clauses(page: Page): Promise<string[]> {
  const lines = await page.locator('.clauses li').allTextContents()
  return lines.map((line) => line.replace(/\.$/, '').replaceAll('−', '-').replaceAll('×', 'x').toLowerCase())
}

function cellsOf(run: Run, workload: string): Run['cells'] {
  return run.cells.filter((cell) => cell.workload === workload)
}
