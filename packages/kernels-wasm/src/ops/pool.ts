import { type AveragePoolSpec, type Constants, expectConstants, type MaxPoolSpec } from '@octet/core'
import { layoutOf } from '../memory/layout.ts'
import { floatBits } from '../memory/shelf.ts'
import { integerTarget, type Plan, single, suffixOf, type Workshop } from './call.ts'
import { windowWords } from './window.ts'

/** MaxPool and AveragePool; the words are in the order of `Pool` in assembly/pool.ts. */
export function planPool(
  spec: MaxPoolSpec | AveragePoolSpec,
  constants: Constants,
  { shelf }: Workshop,
): Plan {
  const [input] = spec.inputs
  const x = layoutOf(input.shape)
  const suffix = suffixOf(input.dtype)
  const [, , outHeight, outWidth] = spec.output.shape
  const full = spec.kernel[0] * spec.kernel[1]
  let target: readonly [number, number, number] = [-Infinity, Infinity, 0]
  let [zeroPoint, multipliers, divisor] = [0, 0, 0]
  if (spec.op === 'AveragePool')
    if (suffix === 'Int8') {
      const c = expectConstants(spec, constants, 'int-average')
      target = integerTarget(c.clamp, c.outputZeroPoint)
      zeroPoint = c.inputZeroPoint
      multipliers = shelf.put(c.multipliers)
    } else {
      target = [...expectConstants(spec, constants, 'clamp').clamp, 0]
      divisor = spec.countIncludePad ? full : 0
    }
  const words = [
    floatBits(target[0]),
    floatBits(target[1]),
    target[2],
    zeroPoint,
    multipliers,
    divisor,
    x.stored,
    input.shape[2],
    input.shape[3],
    outHeight,
    outWidth,
    ...windowWords(spec),
  ]
  const kernel = `${spec.op === 'MaxPool' ? 'max' : 'average'}Pool${suffix}`
  const tiles = x.images * outHeight
  return single(shelf, { kernel, tiles, cycles: (tiles * outWidth * x.stored * full) / 4 }, words)
}
