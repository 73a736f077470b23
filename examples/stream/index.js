import { AFFINE_INT8, calibrator, foldOf, Observer, qparamsFromRange, scaleInterval } from '@octet/core'
import { Random } from '@octet/core/statistics'

/** A vibration sensor: windows of 256 readings, with a shock now and then. */
async function* sensor() {
  const random = new Random(1)
  for (let start = 0; ; start += 256)
    yield Float32Array.from({ length: 256 }, (_, i) => {
      const shock = random.uniform() < 0.001 ? 6 : 1
      return shock * Math.sin((start + i) / 7) + 0.1 * random.uniform()
    })
}

/** Of all strategies, mse gives the range whose quantized values are nearest to the readings. */
const strategy = calibrator('mse')
const observer = new Observer('vibration')
let windows = 0
for await (const readings of sensor()) {
  // The observer keeps histograms, no reading. A window's fold tells how much the scale depends on single windows.
  observer.observe(readings, [foldOf(readings)])
  if (++windows % 50 > 0) continue
  const { scale, lo, hi, relativeWidth } = scaleInterval(observer.observation, strategy, AFFINE_INT8)
  console.log(
    `${windows} windows: scale ${scale.toFixed(5)}, 90% interval ${lo.toFixed(5)} to ${hi.toFixed(5)}`,
  )
  if (relativeWidth < 0.05) break
}

for (const id of ['minmax', 'percentile-99.99', 'mse']) {
  const { min, max } = calibrator(id).range(observer.observation, AFFINE_INT8)
  const grid = qparamsFromRange({ min, max }, AFFINE_INT8)
  console.log(
    `${id}: range ${min.toFixed(2)} to ${max.toFixed(2)}, scale ${grid.scale[0].toFixed(5)}, zero point ` +
      `${grid.zeroPoint[0]}`,
  )
}
