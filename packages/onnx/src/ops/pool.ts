import type { Window } from '@octet/core'
import { operands, type Source } from '../import/source.ts'
import { Chain, type Part } from './chain.ts'
import type { Made, NodeOf } from './op.ts'
import { outputSize, planeOf, POINT, type AxisWindow } from './window.ts'

type Pool = Pick<NodeOf<'MaxPool' | 'AveragePool'>, 'op' | 'attributes'>

/**
 * A pool over 1 to 3 axes as pools over images. A series is an image with one row. A volume is pooled over its rows and
 * columns first, then over its depths: the maximum of maxima, and the mean of means, because a window over rows and
 * columns has the same number of cells at all depths.
 */
export function readPool(
  source: Source,
  { windows, ceilMode }: { readonly windows: readonly AxisWindow[]; readonly ceilMode: boolean },
  make: (window: Window) => Pool,
): Made {
  const [x] = operands(source, 1)
  const chain = new Chain(source)
  const over = (part: string, input: string, rows: AxisWindow, columns: AxisWindow): string =>
    chain.add(part, { ...make(planeOf(rows, columns)), inputs: [input] } as Part)
  if (windows.length === 2) over('pool', x, windows[0], windows[1])
  else if (windows.length === 1)
    chain.reshape(
      'series',
      over('pool', chain.reshape('image', x, [0, 0, 1, -1]), POINT, windows[0]),
      [0, 0, -1],
    )
  else {
    const [, channels, depth, rows, columns] = source.shape(x)
    const planes = chain.reshape('planes', x, [0, channels * depth, rows, columns])
    const pooled = over('plane', planes, windows[1], windows[2])
    const height = outputSize(windows[1], rows, ceilMode)
    const depths = chain.reshape('depths', pooled, [0, channels, depth, -1])
    const y = over('pool', depths, windows[0], POINT)
    chain.reshape('volume', y, [0, 0, outputSize(windows[0], depth, ceilMode), height, -1])
  }
  return chain.reading()
}
