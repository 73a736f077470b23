import { apart, Exact, finishExact, highHalf, neighbours, widenOne, widenTwo } from '../exact'
import { Step } from '../step'
import { endInside, firstInside } from '../window'

/**
 * Applies one filter to a channel of an image, for one channel of the output. It leaves out taps outside the image,
 * like the reference.
 */
@kernels(Float, Half, Int8)
function exactDepthwise<T>(step: Step, tile: i32, scratch: usize): void {
  const op = changetype<Exact>(step.op)
  const all = op.groups * op.outputs
  const output = tile % all
  const size: usize = sizeof<T>()
  const x = step.a + <usize>((tile / all * op.groups + output / op.outputs) * op.height * op.width) * size
  const weights = op.weights + (<usize>(output * op.k) << 3)
  let y = step.y + <usize>(tile * op.positions) * size
  for (let oy = 0; oy < op.outHeight; oy++) {
    const iy0 = oy * op.strideY - op.top
    const fromY = firstInside(iy0, op.dilationY), toY = endInside(iy0, op.dilationY, op.kernelY, op.height)
    for (let ox = 0; ox < op.outWidth; ) {
      const ix0 = ox * op.strideX - op.left
      const isWhole = ox + 4 <= op.outWidth && ix0 >= 0
      if (isWhole && ix0 + (op.kernelX - 1) * op.dilationX + 3 * op.strideX < op.width) {
        let low = f64x2.splat(0), high = low
        for (let ky = fromY; ky < toY; ky++) {
          let at = x + <usize>((iy0 + ky * op.dilationY) * op.width + ix0) * size
          let w = weights + (<usize>(ky * op.kernelX) << 3)
          for (const end = w + (<usize>op.kernelX << 3); w < end; w += 8, at += <usize>op.dilationX * size) {
            const weight = v128.load64_splat(w)
            const four = op.strideX == 1 ? neighbours<T>(at) : apart<T>(at, <usize>op.strideX * size)
            low = f64x2.add(low, f64x2.mul(weight, widenTwo<T>(op, four)))
            high = f64x2.add(high, f64x2.mul(weight, widenTwo<T>(op, highHalf(four))))
          }
        }
        finishExact<T>(op, low, high, output, y, 4, 1)
        ox += 4
        y += 4 * size
        continue
      }
      const fromX = firstInside(ix0, op.dilationX), toX = endInside(ix0, op.dilationX, op.kernelX, op.width)
      let sum: f64 = 0
      for (let ky = fromY; ky < toY; ky++) {
        const line = x + <usize>((iy0 + ky * op.dilationY) * op.width) * size
        for (let kx = fromX; kx < toX; kx++) {
          const weight = load<f64>(weights + (<usize>(ky * op.kernelX + kx) << 3))
          sum += weight * widenOne<T>(op, line + <usize>(ix0 + kx * op.dilationX) * size)
        }
      }
      finishExact<T>(op, f64x2.splat(sum), f64x2.splat(sum), output, y, 1, 1)
      ox++
      y += size
    }
  }
}
