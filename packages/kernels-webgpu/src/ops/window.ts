import type { TensorSpec, Window } from '@octet/core'
import { indent } from '../wgsl/shader.ts'
import type { Sizes } from './kernel.ts'

/** A 2-D window that slides over [N,C,H,W] into [N,M,OH,OW]. */
export interface Geometry {
  readonly batch: number
  readonly outHeight: number
  readonly outWidth: number
  /** Whether a tap of at least one window falls outside the image. */
  readonly leaves: boolean
  /** Whether every output pixel reads only the input pixel with its own number. */
  readonly pointwise: boolean
  /**
   * The scalars that `originOf` and the loops over taps read. Bottom and right padding follow from the output's size.
   */
  readonly sizes: Sizes
}

/** The geometry of a windowed op on one input. */
export function geometryOf(window: Window, input: TensorSpec, output: TensorSpec): Geometry {
  const [batch, , height, width] = input.shape
  const [, , outHeight, outWidth] = output.shape
  const { kernel, strides, dilations } = window
  const [top, left] = window.pads
  const reach = (axis: 0 | 1, out: number, before: number) =>
    (out - 1) * strides[axis] - before + (kernel[axis] - 1) * dilations[axis]
  const leaves =
    top > 0 || left > 0 || reach(0, outHeight, top) >= height || reach(1, outWidth, left) >= width
  const whole = outHeight === height && outWidth === width
  return {
    batch,
    outHeight,
    outWidth,
    leaves,
    pointwise: whole && !leaves && [...kernel, ...strides].every((size) => size === 1),
    sizes: {
      height,
      width,
      outHeight,
      outWidth,
      top,
      left,
      kernelHeight: kernel[0],
      kernelWidth: kernel[1],
      strideHeight: strides[0],
      strideWidth: strides[1],
      dilationHeight: dilations[0],
      dilationWidth: dilations[1],
    },
  }
}

/**
 * WGSL for output pixel `pixel`: its `image`, and the `row` and `column` of its window's first tap. Names end in
 * `suffix`.
 */
export function originOf(pixel: string, suffix = ''): string {
  return `
let line${suffix} = ${pixel} / scalars.outWidth;
let column${suffix} = i32(${pixel} % scalars.outWidth * scalars.strideWidth) - i32(scalars.left);
let row${suffix} = i32(line${suffix} % scalars.outHeight * scalars.strideHeight) - i32(scalars.top);
let image${suffix} = line${suffix} / scalars.outHeight;`.trim()
}

/** WGSL for `offset` as u32, clamped into an axis of the image if windows may leave the image. */
export function within({ leaves }: Geometry, offset: string, axis: 'height' | 'width'): string {
  return leaves ? `u32(clamp(${offset}, 0, i32(scalars.${axis}) - 1))` : `u32(${offset})`
}

/** WGSL that finds the `line` of the image that row `kh` of the taps reads, for a window placed by `originOf`. */
function lineOf(geometry: Geometry, suffix: string): string {
  const row = within(geometry, `h${suffix}`, 'height')
  return `
let h${suffix} = row${suffix} + i32(kh * scalars.dilationHeight);
let start${suffix} = (image${suffix} * scalars.height + ${row}) * scalars.width;`.trim()
}

/** WGSL that finds, on that line, the `address` of the pixel that tap `kw` reads, and whether the pixel lies inside. */
function pixelOf(geometry: Geometry, suffix: string, address: (pixel: string) => string): string {
  const line = `h${suffix} >= 0 && h${suffix} < i32(scalars.height)`
  const inside = `let inside${suffix} = ${line} && v${suffix} >= 0 && v${suffix} < i32(scalars.width);`
  const pixel = `(start${suffix} + ${within(geometry, `v${suffix}`, 'width')})`
  return `
let v${suffix} = column${suffix} + i32(kw * scalars.dilationWidth);
let base${suffix} = ${address(pixel)};
${geometry.leaves ? inside : ''}`.trim()
}

/**
 * WGSL for tap (`kh`, `kw`) of a window placed by `originOf`. `base` is the `address` of the input pixel that it reads.
 * `inside` is whether that pixel lies in the image, if windows may leave it. Names end in `suffix`.
 */
export function tapOf(geometry: Geometry, suffix: string, address: (pixel: string) => string): string {
  return `${lineOf(geometry, suffix)}\n${pixelOf(geometry, suffix, address)}`
}

/** WGSL that loops over the taps of several windows. `inner` finds the values of `tapOf` for each window. */
export function overTaps(
  geometry: Geometry,
  windows: readonly number[],
  address: (pixel: string) => string,
  inner: string,
): string {
  const lines = windows.map((p) => lineOf(geometry, `${p}`))
  const pixels = windows.map((p) => pixelOf(geometry, `${p}`, address))
  return `
for (var kh = 0u; kh < scalars.kernelHeight; kh++) {
${indent(lines.join('\n'), 2)}
  for (var kw = 0u; kw < scalars.kernelWidth; kw++) {
${indent([...pixels, inner.trim()].join('\n'), 4)}
  }
}`
}
