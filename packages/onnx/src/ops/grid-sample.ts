import { bracketed, elements, tensor, type Shape } from '@octet/core'
import { CONTRADICTION, operands, refuse } from '../import/source.ts'
import { Chain } from './chain.ts'
import { requireOpset } from './declared.ts'
import { requireRoom, type Reader } from './op.ts'

const MODES = ['linear', 'bilinear', 'nearest', 'cubic', 'bicubic'] as const
const PADDINGS = ['zeros', 'border', 'reflection'] as const

/** How coordinates along an axis become positions among its elements. */
interface Axis {
  readonly size: number
  /** Whether -1 and 1 are the centres of the first and of the last element. Otherwise they are the outer edges. */
  readonly isAligned: boolean
  readonly padding: (typeof PADDINGS)[number]
  readonly isNearest: boolean
}

/**
 * Samples of an image or a volume at the positions in a grid. Each sample is a sum over all elements, with weights that
 * are 1 at the position and fall to 0 at a distance of 1 along each axis. Every element takes part, most with weight 0,
 * so a single infinity spoils all samples. Each sample has as many weights as the image has elements.
 */
export const gridSample: Reader = (source) => {
  requireOpset(source, 16)
  const { attributes } = source
  const [x, grid] = operands(source, 2)
  const mode = attributes.choice('mode', MODES, 'linear')
  const padding = attributes.choice('padding_mode', PADDINGS, 'zeros')
  const isAligned = attributes.flag('align_corners', false)
  if (mode === 'cubic' || mode === 'bicubic')
    refuse(source, `mode ${mode} is not computed`, 'export it with mode linear or nearest')
  const [, channels, ...sizes] = source.shape(x)
  const by = source.shape(grid)
  const places = by.slice(1, -1)
  if (sizes.length < 1 || by.length !== sizes.length + 2 || by.at(-1) !== sizes.length)
    refuse(source, `grid ${bracketed(by)} does not fit ${bracketed(source.shape(x))}`, CONTRADICTION)
  const count = elements(places)
  requireRoom(source, [count, ...sizes])
  const chain = new Chain(source)
  const points = chain.reshape('points', grid, [0, count, sizes.length])
  let weights: string | undefined
  for (const [axis, size] of sizes.entries()) {
    // The last coordinate of a point belongs to the first axis.
    const from = sizes.length - 1 - axis
    const coordinate = chain.add(`along.${axis}`, {
      op: 'Slice',
      inputs: [points],
      attributes: { axes: [2], starts: [from], ends: [from + 1], steps: [1] },
    })
    const how = { size, isAligned, padding, isNearest: mode === 'nearest' }
    const counted = tensor(
      'float32',
      [size],
      Float32Array.from({ length: size }, (_, i) => i),
    )
    const all = source.freshConstant(`${source.name}.elements.${axis}`, counted)
    const own = weightsAlong(chain, axis, placed(chain, axis, coordinate, how), all)
    weights = weights === undefined ? own : crossed(chain, axis, [weights, own], count, sizes)
  }
  const turned = chain.transpose('weights', weights!, [0, 2, 1])
  const image = chain.reshape('image', x, [0, channels, elements(sizes)])
  const sampled = chain.add('sampled', { op: 'MatMul', inputs: [image, turned], attributes: null })
  chain.reshape('shaped', sampled, [0, channels, ...places])
  return chain.reading()
}

/** Positions among the elements of an axis, for coordinates from -1 to 1 and beyond. */
function placed(chain: Chain, axis: number, coordinate: string, how: Axis): string {
  const { size, isAligned, padding, isNearest } = how
  const part = (name: string): string => `${name}.${axis}`
  const with1 = (
    name: string,
    op: 'Add' | 'Sub' | 'Mul' | 'Min' | 'Max',
    a: string,
    number: number,
  ): string => chain.pair(part(name), op, a, chain.number(part(`${name}.by`), number))
  const moved = with1('moved', 'Add', coordinate, 1)
  const scaled = with1('scaled', 'Mul', moved, (isAligned ? size - 1 : size) / 2)
  let place = isAligned ? scaled : with1('middle', 'Sub', scaled, 0.5)
  const [least, length] = isAligned ? [0, size - 1] : [-0.5, size]
  if (padding === 'reflection' && length > 0) {
    const away = chain.add(part('away'), {
      op: 'Abs',
      inputs: [with1('from', 'Sub', place, least)],
      attributes: null,
    })
    const turns = chain.add(part('turns'), {
      op: 'Floor',
      inputs: [with1('turned', 'Mul', away, 1 / (2 * length))],
      attributes: null,
    })
    const rest = chain.pair(part('rest'), 'Sub', away, with1('gone', 'Mul', turns, 2 * length))
    const back = chain.add(part('back'), {
      op: 'Abs',
      inputs: [with1('over', 'Sub', rest, length)],
      attributes: null,
    })
    const end = chain.number(part('end'), length + least)
    place = chain.pair(part('reflected'), 'Sub', end, back)
  }
  if (padding !== 'zeros') place = with1('held', 'Max', with1('below', 'Min', place, size - 1), 0)
  return isNearest ? chain.add(part('nearest'), { op: 'Round', inputs: [place], attributes: null }) : place
}

/** The weights of all elements of an axis: 1 at a position, and less with the distance from it. */
function weightsAlong(chain: Chain, axis: number, place: string, all: string): string {
  const away = chain.pair(`distance.${axis}`, 'Sub', place, all)
  const distance = chain.add(`distance.${axis}.abs`, { op: 'Abs', inputs: [away], attributes: null })
  const near = chain.pair(`near.${axis}`, 'Sub', chain.number(`one.${axis}`, 1), distance)
  return chain.add(`weights.${axis}`, { op: 'Relu', inputs: [near], attributes: null })
}

/** The weights along the previous axes times the weights along one more axis, for each element of all these axes. */
function crossed(
  chain: Chain,
  axis: number,
  [before, own]: readonly [string, string],
  count: number,
  sizes: Shape,
): string {
  const outer = elements(sizes.slice(0, axis))
  const rows = chain.reshape(`rows.${axis}`, before, [0, count, outer, 1])
  const columns = chain.reshape(`columns.${axis}`, own, [0, count, 1, sizes[axis]])
  const product = chain.pair(`product.${axis}`, 'Mul', rows, columns)
  return chain.reshape(`crossed.${axis}`, product, [0, count, outer * sizes[axis]])
}
