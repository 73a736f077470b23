/**
 * Signal to quantization noise, `10 log10(Σ x² / Σ (x - y)²)` in dB: Infinity where y equals x, -Infinity where there
 * is noise and no signal.
 */
export function sqnrDb(x: ArrayLike<number>, y: ArrayLike<number>): number {
  const { signal, noise } = energies(x, y)
  return noise === 0 ? Infinity : 10 * Math.log10(signal / noise)
}

/** `sqrt(Σ (x - y)² / Σ x²)`: 0 where y equals x. */
export function normalizedL2(x: ArrayLike<number>, y: ArrayLike<number>): number {
  const { signal, noise } = energies(x, y)
  return noise === 0 ? 0 : Math.sqrt(noise / signal)
}

/** `Σ x y / sqrt(Σ x² Σ y²)`, in [-1, 1]; NaN where either is all zeros. */
export function cosineSimilarity(x: ArrayLike<number>, y: ArrayLike<number>): number {
  let [product, xx, yy] = [0, 0, 0]
  for (let i = 0; i < x.length; i++) {
    product += x[i] * y[i]
    xx += x[i] * x[i]
    yy += y[i] * y[i]
  }
  return product / Math.sqrt(xx * yy)
}

/** Sums of squares of a signal and of what differs from it, in float64. */
function energies(x: ArrayLike<number>, y: ArrayLike<number>): { signal: number; noise: number } {
  let [signal, noise] = [0, 0]
  for (let i = 0; i < x.length; i++) {
    signal += x[i] * x[i]
    noise += (x[i] - y[i]) ** 2
  }
  return { signal, noise }
}
