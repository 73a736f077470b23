import { OctetError } from '@octet/core'
import { describe, expect, it } from 'vitest'
import { exportOnnx, importOnnx } from '../src/index.ts'
import { chain, GRAPHS, window } from './graphs.ts'
import { model } from './models.ts'
import { REFUSALS } from './refusals.ts'

describe('importing', () => {
  it.each(REFUSALS)('refuses %s in one line, with a remedy', (_, description, message) => {
    let thrown: unknown
    try {
      importOnnx(model(description))
    } catch (error) {
      thrown = error
    }
    expect(thrown).toBeInstanceOf(OctetError)
    expect((thrown as OctetError).message).toContain(message)
    expect((thrown as OctetError).message).not.toContain('\n')
    expect((thrown as OctetError).mend).toBeTruthy()
  })
})

describe('exporting', () => {
  it('refuses a dilated AveragePool, which opset 14 cannot say', () => {
    const graph = chain(
      'dilated',
      [1, 8, 8],
      [
        {
          op: 'AveragePool',
          attributes: { ...window(2, { dilations: [2, 2] }), ceilMode: false, countIncludePad: false },
        },
      ],
    )
    expect(() => exportOnnx(graph)).toThrow('AveragePool "averagepool0": opset 14 has no dilations')
  })

  it('refuses a graph whose shapes do not fit', () => {
    expect(() => exportOnnx({ ...GRAPHS[0], inputs: [{ name: 'x', shape: [5, 9, 8] }] })).toThrow(OctetError)
  })
})
