import { tensor } from '@octet/core'
import { axesOf, CONTRADICTION, operands, refuse, type Source } from '../import/source.ts'
import { Chain } from './chain.ts'
import { convolve } from './conv.ts'
import { requireRoom, type Reader } from './op.ts'
import { Reduction } from './reduce.ts'
import { readWindows } from './window.ts'

function powerOf(source: Source): number {
  const p = source.attributes.int('p', 2)
  return p >= 1 ? p : refuse(source, `its p is ${p}`, CONTRADICTION)
}

/** Magnitudes to the p-th power. */
function terms(chain: Chain, x: string, p: number): string {
  if (p === 2) return chain.pair('terms', 'Mul', x, x)
  const magnitudes = chain.add('magnitudes', { op: 'Abs', inputs: [x], attributes: null })
  return p === 1
    ? magnitudes
    : chain.add('terms', { op: 'Power', inputs: [magnitudes], attributes: { exponent: p } })
}

function root(chain: Chain, sum: string, p: number): void {
  if (p === 2) chain.add('root', { op: 'Sqrt', inputs: [sum], attributes: null })
  else if (p > 2)
    chain.add('root', { op: 'Power', inputs: [sum], attributes: { exponent: Math.fround(1 / p) } })
}

/** The p-th root of the sum of magnitudes to the p-th power, for each window. Padding adds nothing. */
export const lpPool: Reader = (source) => {
  const [x] = operands(source, 1)
  const p = powerOf(source)
  if (source.attributes.flag('ceil_mode', false))
    refuse(source, 'ceil_mode is not computed', 'use explicit pads')
  const windows = readWindows(source)
  const [, channels, ...sizes] = source.shape(x)
  requireRoom(source, [channels, ...windows.map(({ kernel }) => kernel)])
  const ones = tensor('float32', [channels, 1, ...windows.map(({ kernel }) => kernel)])
  ones.data.fill(1)
  const chain = new Chain(source)
  const weight = { name: source.freshConstant(`${source.name}.ones`, ones), held: ones }
  const input = terms(chain, x, p)
  const sum = convolve(chain, source, { x: input, sizes, weight, bias: [], windows, group: channels })
  root(chain, sum, p)
  return chain.reading()
}

/** The same for each whole channel. */
export const globalLpPool: Reader = (source) => {
  const [x] = operands(source, 1)
  const p = powerOf(source)
  const { length: rank } = source.shape(x)
  if (rank < 3) refuse(source, `it pools rank ${rank}`, CONTRADICTION)
  const chain = new Chain(source)
  const axes = axesOf(
    source,
    Array.from({ length: rank - 2 }, (_, axis) => axis + 2),
    rank,
  )
  const sum = new Reduction(source, chain, x, axes).sum('sum', terms(chain, x, p))
  root(chain, sum, p)
  return chain.reading()
}
