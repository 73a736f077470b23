import { Exact, finishExact, widenFour, widenOne } from '../exact'
import { Step } from '../step'
import { sumTiles } from '../tile'

/** The number of rows whose sums are computed before they are finished: a register tile. */
const ROWS: i32 = 5
/** The number of positions in a panel. */
const PANEL: i32 = 4
/** The bytes of the rows' sums at the start of working memory. Panels follow. */
const SUMS_BYTES: usize = 160

/**
 * Multiplies some positions of one group of one image by the weights of some of its outputs. The windows under four
 * positions are laid out as a panel [k][4]. k runs over channels, then lines, then columns of the window, with zeros
 * for padding.
 */
@kernels(Float, Half, Int8)
function exactProduct<T>(step: Step, tile: i32, scratch: usize): void {
  const op = changetype<Exact>(step.op)
  const across = (op.positions + op.positionsPerTile - 1) / op.positionsPerTile
  const down = (op.outputs + op.outputsPerTile - 1) / op.outputsPerTile
  const part = tile / across
  const plane = part / down
  const image = plane / op.groups, group = plane % op.groups
  const first = (tile % across) * op.positionsPerTile
  const end = min(op.positions, first + op.positionsPerTile)
  const panelBytes = <usize>op.k << 5
  const panels = scratch + SUMS_BYTES
  const x = step.a + <usize>(plane * op.channels * op.height * op.width) * sizeof<T>()
  for (let at = first, to = panels; at < end; at += PANEL, to += panelBytes) fill<T>(op, x, at, end - at, to)
  const lda = <usize>op.k << 3
  const last = min(op.outputs, (part % down + 1) * op.outputsPerTile)
  const y = step.y + <usize>(image * op.groups * op.outputs * op.positions) * sizeof<T>()
  for (let row = (part % down) * op.outputsPerTile; row < last; row += ROWS) {
    const output = group * op.outputs + row
    const rows = min(ROWS, last - row)
    const weights = op.weights + <usize>output * lda
    for (let at = first, from = panels; at < end; at += PANEL, from += panelBytes) {
      sumTiles<f64>(weights, lda, from, op.k, rows, scratch)
      const count = min(PANEL, end - at)
      for (let i = 0; i < rows; i++) {
        const sums = scratch + (<usize>i << 5)
        const to = y + <usize>((output + i) * op.outputStep + at * op.positionStep) * sizeof<T>()
        finishExact<T>(op, v128.load(sums), v128.load(sums, 16), output + i, to, count, op.positionStep)
      }
    }
  }
}

/** Lays out the panel of up to four positions from `first` on. */
function fill<T>(op: Exact, x: usize, first: i32, count: i32, to: usize): void {
  const ox = first % op.outWidth
  if (count >= PANEL && op.strideX == 1 && ox + PANEL <= op.outWidth)
    return fillNeighbours<T>(op, x, (first / op.outWidth) * op.strideY - op.top, ox - op.left, to)
  for (let i = 0; i < PANEL; i++, to += 8) {
    const at = first + i
    const iy = (at / op.outWidth) * op.strideY - op.top
    if (i < count) fillOne<T>(op, x, iy, (at % op.outWidth) * op.strideX - op.left, to)
    else for (let row = to, end = to + (<usize>op.k << 5); row < end; row += 32) store<f64>(row, 0)
  }
}

/** Lays out the windows of four adjacent positions of a line, one column apart. */
function fillNeighbours<T>(op: Exact, x: usize, iy0: i32, ix0: i32, to: usize): void {
  const zero = i32x4.splat(0)
  for (let channel = 0; channel < op.channels; channel++, x += <usize>(op.height * op.width) * sizeof<T>())
    for (let ky = 0, iy = iy0; ky < op.kernelY; ky++, iy += op.dilationY) {
      const isInside = iy >= 0 && iy < op.height
      let at = x + <usize>(iy * op.width + ix0) * sizeof<T>()
      for (let kx = 0, ix = ix0; kx < op.kernelX; kx++, ix += op.dilationX, to += 32) {
        if (isInside && ix >= 0 && ix + PANEL <= op.width) widenFour<T>(op, at, to)
        else {
          v128.store(to, zero)
          v128.store(to, zero, 16)
          if (isInside)
            for (let i = max(0, -ix), end = min(PANEL, op.width - ix); i < end; i++)
              store<f64>(to + (<usize>i << 3), widenOne<T>(op, at + <usize>i * sizeof<T>()))
        }
        at += <usize>op.dilationX * sizeof<T>()
      }
    }
}

/** Lays out one window as every fourth number of the panel. */
function fillOne<T>(op: Exact, x: usize, iy0: i32, ix0: i32, to: usize): void {
  for (let channel = 0; channel < op.channels; channel++, x += <usize>(op.height * op.width) * sizeof<T>())
    for (let ky = 0, iy = iy0; ky < op.kernelY; ky++, iy += op.dilationY) {
      const isInside = iy >= 0 && iy < op.height
      const line = x + <usize>(iy * op.width) * sizeof<T>()
      for (let kx = 0, ix = ix0; kx < op.kernelX; kx++, ix += op.dilationX, to += 32)
        store<f64>(to, isInside && ix >= 0 && ix < op.width ? widenOne<T>(op, line + <usize>ix * sizeof<T>()) : 0)
    }
}
