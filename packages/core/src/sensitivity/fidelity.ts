/**
 * Signal to quantization noise, `10 log10(Σ x² / Σ (x - y)²)` in dB: Infinity where y equals x, -Infinity where there
 * is noise and no signal. Sums are in float64.
 */
export function sqnrDb(x: ArrayLike<number>, y: ArrayLike<number>): number {
  let [signal, noise] = [0, 0]
  for (let i = 0; i < x.length; i++) {
    signal += x[i] * x[i]
    noise += (x[i] - y[i]) ** 2
  }
  return noise === 0 ? Infinity : 10 * Math.log10(signal / noise)
}
