import { bracketed, fail, type Node } from '@octet/core'
import { axesOf, CONTRADICTION, integers, operands, refuse, type Source } from '../import/source.ts'
import { antialiased, cubic, interpolate, keys, linear, TRIANGLE, type Kernel } from './interpolate.ts'
import type { NodeOf, OnnxOp, Reading } from './op.ts'

const COORDINATES = [
  'half_pixel',
  'half_pixel_symmetric',
  'pytorch_half_pixel',
  'align_corners',
  'asymmetric',
  'tf_half_pixel_for_nn',
  'tf_crop_and_resize',
] as const
const NEAREST = ['round_prefer_floor', 'round_prefer_ceil', 'floor', 'ceil'] as const
const POLICIES = ['stretch', 'not_larger', 'not_smaller'] as const

/** The coordinate modes that opset 14 does not have. */
const LATER_OR_EARLIER: ReadonlySet<string> = new Set(['half_pixel_symmetric', 'tf_half_pixel_for_nn'])

type Attributes = NodeOf<'Resize'>['attributes']
/** One value per axis. */
type Axes = Pick<Attributes, 'sizes' | 'scales'>

export const resize: OnnxOp<NodeOf<'Resize'>> = {
  read: (source) => {
    const [x] = operands(source, 1, 4)
    const { attributes, opset } = source
    const kernel = kernelOf(source)
    if (opset < 11) return byScales(source, floats(source, 1, 'scales'), kernel)
    const excludeOutside = attributes.flag('exclude_outside', false)
    const coordinates = attributes.choice('coordinate_transformation_mode', COORDINATES, 'half_pixel')
    const nearest = attributes.choice('nearest_mode', NEAREST, 'round_prefer_floor')
    const extrapolation = attributes.float('extrapolation_value', 0)
    const shape = source.shape(x)
    const axes = axesOf(source, attributes.ints('axes') ?? [...shape.keys()], shape.length)
    const crops = coordinates === 'tf_crop_and_resize'
    const roi = crops ? floats(source, 1, 'roi') : axes.flatMap(() => [0, 1])
    const regions = shape.map((_, axis): readonly [number, number] => {
      const i = axes.indexOf(axis)
      return crops && i >= 0 ? [roi[i], roi[i + axes.length]] : [0, 1]
    })
    const { sizes, scales } = axesResized(source, shape, axes, regions)
    const resized = { sizes, scales, regions, coordinates, nearest, extrapolation }
    return kernel === undefined
      ? nodeOf(source, resized)
      : interpolate(source, resized, kernel, excludeOutside)
  },
  write: (node) => {
    const { coordinates, nearest, scales, regions, extrapolation } = node.attributes
    if (LATER_OR_EARLIER.has(coordinates))
      fail(node, `opset 14 has no coordinates ${coordinates}`, 'resize with another coordinate mode')
    const roi = Float32Array.from([0, 1].flatMap((edge) => regions.map((region) => region[edge])))
    return {
      attributes: {
        mode: { string: 'nearest' },
        coordinate_transformation_mode: { string: coordinates },
        nearest_mode: { string: nearest },
        extrapolation_value: { float: extrapolation },
      },
      inputs: {
        roi: { dtype: 'float32', shape: [roi.length], data: roi },
        scales: { dtype: 'float32', shape: [scales.length], data: Float32Array.from(scales) },
      },
      float32: true,
    }
  },
  check: ({ attributes: { scales, sizes }, ...node }, { input }) => {
    const odd = sizes.findIndex(
      (size, axis) => size !== 0 && !(scales[axis] > 0 && size > 0 && input[axis] > 0),
    )
    if (odd >= 0) fail({ ...node, attributes: null }, `axis ${odd} is resized to nothing`, CONTRADICTION)
  },
}

/** Upsample is the older name of opset 10's Resize. Before opset 9, its scales are an attribute. */
export function upsample(source: Source): Reading {
  const kernel = kernelOf(source)
  operands(source, source.opset < 9 ? 1 : 2)
  const scales = source.opset < 9 ? source.attributes.floats('scales') : floats(source, 1, 'scales')
  if (scales === undefined) refuse(source, 'it has no scales', CONTRADICTION)
  return byScales(source, scales, kernel)
}

/**
 * Before opset 11, positions are divided by the scale. Like ONNX Runtime, an axis that grows takes the element before
 * the position, and an axis that shrinks takes the element after it. If a node has axes of both kinds, each kind
 * becomes a separate node.
 */
function byScales(source: Source, given: readonly number[], kernel: Kernel | undefined): Reading {
  const shape = source.shape(source.inputs[0])
  requireLength(source, 'scales', given, shape.length)
  const regions = shape.map(() => [0, 1] as const)
  const part = (shrinking: boolean): Attributes => {
    const scales = given.map((scale) => (scale < 1 === shrinking ? scale : 1))
    const sizes = sizesOf(shape, scales)
    const nearest = shrinking ? 'ceil' : 'floor'
    return { sizes, scales, regions, coordinates: 'asymmetric', nearest, extrapolation: 0 }
  }
  if (kernel !== undefined) {
    const sizes = sizesOf(shape, given)
    const whole = { ...part(false), sizes, scales: given }
    return interpolate(source, whole, kernel, false)
  }
  const [shrinks, grows] = [given.some((scale) => scale < 1), given.some((scale) => scale > 1)]
  if (!shrinks || !grows) return nodeOf(source, part(shrinks))
  const { name, inputs, output } = source
  const [first, between] = [source.freshNode(`${name}.grown`), source.freshTensor(`${output}.grown`)]
  return {
    nodes: [
      { name: first, op: 'Resize', inputs: [inputs[0]], output: between, attributes: part(false) },
      { name, op: 'Resize', inputs: [between], output, attributes: part(true) },
    ],
  }
}

function nodeOf({ name, inputs, output }: Source, attributes: Attributes): Reading {
  const node: Node = { name, op: 'Resize', inputs: [inputs[0]], output, attributes }
  return attributes.sizes.every((size) => size === 0) ? { same: inputs[0] } : { nodes: [node] }
}

/** Resizes the named axes by their scales or sizes. An axis that keeps its size and its whole range stays. */
function axesResized(
  source: Source,
  shape: readonly number[],
  axes: readonly number[],
  regions: Attributes['regions'],
): Axes {
  const stays = (axis: number, scale: number): boolean =>
    scale === 1 && regions[axis][0] === 0 && regions[axis][1] === 1
  const spread = (values: readonly number[]): number[] =>
    shape.map((_, axis) => (axes.includes(axis) ? values[axes.indexOf(axis)] : 1))
  // Exporters that give sizes also give an empty list of scales. They may also give the aspect policy together with
  // scales.
  const policy = source.attributes.choice('keep_aspect_ratio_policy', POLICIES, 'stretch')
  const hasSizes = Boolean(source.inputs[3])
  const given = source.inputs[2] ? floats(source, 2, 'scales') : []
  if (given.length > 0 || (source.inputs[2] && !hasSizes)) {
    requireLength(source, 'scales', given, axes.length)
    const scales = spread(given)
    const sizes = shape.map((size, axis) => (stays(axis, scales[axis]) ? 0 : grown(size, scales[axis])))
    return { sizes, scales }
  }
  if (!hasSizes) refuse(source, 'it has neither scales nor sizes', CONTRADICTION)
  const asked = integers(source, 3, 'sizes')
  requireLength(source, 'sizes', asked, axes.length)
  const wanted = axes.map((axis, i) => asked[i] / (isBatch(source, axis, asked[i]) ? asked[i] : shape[axis]))
  const one =
    policy === 'not_larger' ? Math.min(...wanted) : policy === 'not_smaller' ? Math.max(...wanted) : undefined
  const scales = spread(wanted.map((scale) => Math.fround(one ?? scale)))
  const sizes = shape.map((size, axis) => {
    const i = axes.indexOf(axis)
    if (i < 0 || stays(axis, scales[axis])) return 0
    return one === undefined ? asked[i] : Math.floor(scales[axis] * size + 0.5)
  })
  return { sizes, scales }
}

/** Whether a size is the batch size, which stays. */
function isBatch({ fixedBatch }: Source, axis: number, size: number): boolean {
  return axis === 0 && size === fixedBatch
}

/** The size of each axis by its scale, rounded down. 0 for an axis that stays. */
function sizesOf(shape: readonly number[], scales: readonly number[]): number[] {
  return shape.map((size, axis) => (scales[axis] === 1 ? 0 : grown(size, scales[axis])))
}

function grown(size: number, scale: number): number {
  return Math.floor(Math.fround(size * Math.fround(scale)))
}

/** The kernel that interpolates between elements. Undefined if the nearest element is taken. */
function kernelOf({ attributes }: Source): Kernel | undefined {
  const mode = attributes.choice('mode', ['nearest', 'linear', 'bilinear', 'cubic'], 'nearest')
  const slope = attributes.float('cubic_coeff_a', -0.75)
  const isSmooth = attributes.flag('antialias', false)
  if (mode === 'nearest') return undefined
  if (isSmooth) return antialiased(mode === 'cubic' ? keys(slope) : TRIANGLE)
  return mode === 'cubic' ? cubic(slope) : linear
}

function requireLength(source: Source, what: string, values: readonly number[], length: number): void {
  if (values.length !== length || values.some((value) => !(value > 0)))
    refuse(source, `${what} ${bracketed(values)} are not ${length} numbers above 0`, CONTRADICTION)
}

function floats(source: Source, index: number, what: string): readonly number[] {
  const constant = source.constant(source.inputs[index] ?? '')
  if (constant?.kind !== 'float')
    refuse(
      source,
      `its ${what} must be constant floats`,
      'run a constant folder such as onnxsim over the model before it is given',
    )
  return [...constant.tensor.data]
}
