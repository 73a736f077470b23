/**
 * The signal-to-quantization-noise ratio, `10 log10(Σ x² / Σ (x - y)²)` in dB: Infinity if y equals x, -Infinity if
 * there is noise but no signal. Sums are in float64.
 */
export function sqnrDb(x: ArrayLike<number>, y: ArrayLike<number>): number {
  let [signal, noise] = [0, 0]
  for (let i = 0; i < x.length; i++) {
    signal += x[i] * x[i]
    noise += (x[i] - y[i]) ** 2
  }
  return noise === 0 ? Infinity : 10 * Math.log10(signal / noise)
}
