import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { layoutOf } from '../src/network/layout.ts'
import { describeInBrowser, openReport } from './browser/open.ts'
import { syntheticRun } from './run/synthetic.ts'

/** Layers that read some of the tensors before them. */
const LAYERS = fc
  .array(fc.array(fc.nat({ max: 30 }), { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 12 })
  .map((reads) =>
    reads.map((places, row) => ({
      inputs: [...new Set(places.map((place) => `t${place % (row + 1)}`))],
      output: `t${row + 1}`,
    })),
  )

test('a drawing has an edge for every read, all of them down, and no two tensors in one column at once', () => {
  fc.assert(
    fc.property(LAYERS, (layers) => {
      const { nodes, edges, columns } = layoutOf(layers)
      expect(edges).toHaveLength(layers.flatMap(({ inputs }) => inputs).length)
      expect(nodes.every((column) => column < columns)).toBe(true)
      for (const { tensor, from, to, column } of edges) {
        expect(from).toBe(layers.findIndex(({ output }) => output === tensor))
        expect(from).toBeLessThan(to)
        const crossed = edges.find(
          (other) =>
            other.tensor !== tensor &&
            other.column === column &&
            other.from < to &&
            other.to > from &&
            other.from >= from,
        )
        expect(crossed).toBeUndefined()
        // A layer between the two stands beside the edge, not on it.
        for (let row = from + 1; row < to; row++) expect(nodes[row]).not.toBe(column)
      }
    }),
  )
})

describeInBrowser('the network of a workload', () => {
  test('is a row for each layer, says which breaks and why, and leads to its output and its weights', async () => {
    const { page, complaints } = await openReport([syntheticRun()], { hash: '#layers' })
    const figure = page.locator('.network-view figure')
    await figure.locator('svg').waitFor()
    expect(await figure.locator('.row').count()).toBe(5)
    expect(await figure.locator('.edge').count()).toBe(6)
    expect(await figure.getByRole('img').getAttribute('aria-label')).toContain(
      'block1.depthwise breaks the model: its channels need separate scales; head costs: its channels ' +
        'need separate scales.',
    )
    expect(await page.locator('.hardest').textContent()).toContain('block1.depthwise')
    await page.locator('.hardest').getByRole('button').press('Enter')
    const titles = page.locator('.layer-focus .chart-title')
    expect(await titles.allTextContents()).toEqual([
      'Distribution of block1.depthwise.relu6',
      'Weights of block1.depthwise by channel',
    ])
    expect(await page.locator('.layer-focus').textContent()).toContain('11 of 16 channels use fewer than 16')
    await page.getByRole('combobox', { name: 'Weights' }).selectOption('perChannel')
    expect(await page.locator('.hardest').textContent()).toMatch(/^Every measured layer holds in INT8/)
    expect(page.url()).toContain('sharing=perChannel')
    await figure.getByText('Figures as a table').click()
    await expect.poll(() => figure.locator('tbody tr').count()).toBe(5)
    expect(complaints).toEqual([])
  })

  test('is not mentioned in a run that does not have it', async () => {
    const { networks: _, ...run } = syntheticRun()
    const { page, complaints } = await openReport([run], { hash: '#layers' })
    await page.locator('.layer-focus svg').first().waitFor()
    expect(await page.locator('.network-view').count()).toBe(0)
    expect(complaints).toEqual([])
  })
})
