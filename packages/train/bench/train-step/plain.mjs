// The baseline of the training-step benchmark: conv8 - relu - pool - conv16 - relu - pool - dense, forward, backward
// and momentum SGD as anyone would first write them, plain loops over Float32Arrays on one thread. Keep it plain.

/** One step: forward, cross-entropy, backward, update. Returns the loss. */
export function plainNet({ batch, size, classes, random }) {
  const uniform = (length, fanIn) =>
    Float32Array.from({ length }, () => (2 * random.uniform() - 1) * Math.sqrt(6 / fanIn))
  const half = size / 2
  const quarter = size / 4
  const features = 16 * quarter * quarter
  const parameters = [
    uniform(8 * 9, 9),
    new Float32Array(8),
    uniform(16 * 8 * 9, 72),
    new Float32Array(16),
    uniform(classes * features, features),
    new Float32Array(classes),
  ]
  const gradients = parameters.map(({ length }) => new Float32Array(length))
  const velocities = parameters.map(({ length }) => new Float32Array(length))
  const buffer = (perSample) => new Float32Array(batch * perSample)
  const c1 = buffer(8 * size * size)
  const p1 = buffer(8 * half * half)
  const c2 = buffer(16 * half * half)
  const p2 = buffer(features)
  const logits = buffer(classes)
  const [dc1, dp1, dc2, dp2, dlogits] = [c1, p1, c2, p2, logits].map(({ length }) => new Float32Array(length))
  const [w1, b1, w2, b2, w3, b3] = parameters
  const [dw1, db1, dw2, db2, dw3, db3] = gradients

  return {
    parameters,
    step(x, labels, rate) {
      conv(x, w1, b1, c1, 1, 8, size)
      relu(c1)
      pool(c1, p1, 8, size)
      conv(p1, w2, b2, c2, 8, 16, half)
      relu(c2)
      pool(c2, p2, 16, half)
      dense(p2, w3, b3, logits)
      for (const gradient of gradients) gradient.fill(0)
      for (const gradient of [dc1, dp1, dc2, dp2]) gradient.fill(0)
      const loss = crossEntropy(logits, labels, dlogits)
      denseBackward(p2, w3, dlogits, dp2, dw3, db3)
      poolBackward(c2, p2, dp2, dc2, 16, half)
      reluBackward(c2, dc2)
      convBackward(p1, w2, dc2, dp1, dw2, db2, 8, 16, half)
      poolBackward(c1, p1, dp1, dc1, 8, size)
      reluBackward(c1, dc1)
      convBackward(x, w1, dc1, null, dw1, db1, 1, 8, size)
      for (let p = 0; p < parameters.length; p++)
        for (let i = 0; i < parameters[p].length; i++) {
          velocities[p][i] = 0.9 * velocities[p][i] + gradients[p][i]
          parameters[p][i] -= rate * velocities[p][i]
        }
      return loss
    },
  }

  function conv(x, w, b, y, channels, filters, side) {
    for (let n = 0; n < batch; n++)
      for (let m = 0; m < filters; m++)
        for (let oy = 0; oy < side; oy++)
          for (let ox = 0; ox < side; ox++) {
            let sum = b[m]
            for (let c = 0; c < channels; c++)
              for (let ky = 0; ky < 3; ky++) {
                const iy = oy + ky - 1
                if (iy < 0 || iy >= side) continue
                for (let kx = 0; kx < 3; kx++) {
                  const ix = ox + kx - 1
                  if (ix < 0 || ix >= side) continue
                  sum +=
                    x[((n * channels + c) * side + iy) * side + ix] *
                    w[((m * channels + c) * 3 + ky) * 3 + kx]
                }
              }
            y[((n * filters + m) * side + oy) * side + ox] = sum
          }
  }

  function convBackward(x, w, dy, dx, dw, db, channels, filters, side) {
    for (let n = 0; n < batch; n++)
      for (let m = 0; m < filters; m++)
        for (let oy = 0; oy < side; oy++)
          for (let ox = 0; ox < side; ox++) {
            const g = dy[((n * filters + m) * side + oy) * side + ox]
            db[m] += g
            for (let c = 0; c < channels; c++)
              for (let ky = 0; ky < 3; ky++) {
                const iy = oy + ky - 1
                if (iy < 0 || iy >= side) continue
                for (let kx = 0; kx < 3; kx++) {
                  const ix = ox + kx - 1
                  if (ix < 0 || ix >= side) continue
                  const xi = ((n * channels + c) * side + iy) * side + ix
                  const wi = ((m * channels + c) * 3 + ky) * 3 + kx
                  dw[wi] += g * x[xi]
                  if (dx !== null) dx[xi] += g * w[wi]
                }
              }
          }
  }

  function relu(x) {
    for (let i = 0; i < x.length; i++) if (x[i] < 0) x[i] = 0
  }

  function reluBackward(y, dy) {
    for (let i = 0; i < y.length; i++) if (y[i] <= 0) dy[i] = 0
  }

  function pool(x, y, channels, side) {
    const out = side / 2
    for (let plane = 0; plane < batch * channels; plane++)
      for (let oy = 0; oy < out; oy++)
        for (let ox = 0; ox < out; ox++) {
          let best = -Infinity
          for (let ky = 0; ky < 2; ky++)
            for (let kx = 0; kx < 2; kx++) {
              const value = x[(plane * side + 2 * oy + ky) * side + 2 * ox + kx]
              if (value > best) best = value
            }
          y[(plane * out + oy) * out + ox] = best
        }
  }

  function poolBackward(x, y, dy, dx, channels, side) {
    const out = side / 2
    for (let plane = 0; plane < batch * channels; plane++)
      for (let oy = 0; oy < out; oy++)
        for (let ox = 0; ox < out; ox++) {
          const at = (plane * out + oy) * out + ox
          search: for (let ky = 0; ky < 2; ky++)
            for (let kx = 0; kx < 2; kx++) {
              const from = (plane * side + 2 * oy + ky) * side + 2 * ox + kx
              if (x[from] !== y[at]) continue
              dx[from] += dy[at]
              break search
            }
        }
  }

  function dense(x, w, b, y) {
    for (let n = 0; n < batch; n++)
      for (let m = 0; m < classes; m++) {
        let sum = b[m]
        for (let k = 0; k < features; k++) sum += x[n * features + k] * w[m * features + k]
        y[n * classes + m] = sum
      }
  }

  function denseBackward(x, w, dy, dx, dw, db) {
    for (let n = 0; n < batch; n++)
      for (let m = 0; m < classes; m++) {
        const g = dy[n * classes + m]
        db[m] += g
        for (let k = 0; k < features; k++) {
          dw[m * features + k] += g * x[n * features + k]
          dx[n * features + k] += g * w[m * features + k]
        }
      }
  }

  function crossEntropy(z, labels, dz) {
    let loss = 0
    for (let n = 0; n < batch; n++) {
      let peak = -Infinity
      for (let k = 0; k < classes; k++) peak = Math.max(peak, z[n * classes + k])
      let sum = 0
      for (let k = 0; k < classes; k++) sum += Math.exp(z[n * classes + k] - peak)
      for (let k = 0; k < classes; k++) {
        const p = Math.exp(z[n * classes + k] - peak) / sum
        dz[n * classes + k] = (p - (k === labels[n] ? 1 : 0)) / batch
        if (k === labels[n]) loss -= Math.log(p)
      }
    }
    return loss / batch
  }
}
