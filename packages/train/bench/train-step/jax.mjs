/** jax-js on its wasm backend, jitted; an empty list where it is not installed. */
export async function jaxNet({ batch, size, classes, initial, x, labels, rate }) {
  // jax-js looks for WebGPU in `navigator`, which Node 20 does not have.
  if (!('navigator' in globalThis)) Object.assign(globalThis, { navigator: {} })
  const jax = await import('@jax-js/jax').catch(() => undefined)
  if (jax === undefined) return []
  await jax.init('wasm')
  jax.defaultDevice('wasm')
  const { numpy: np, nn, lax } = jax
  const quarter = size / 4
  const shapes = [[8, 1, 3, 3], [8], [16, 8, 3, 3], [16], [classes, 16 * quarter * quarter], [classes]]
  const conv = (input, w, b) =>
    lax
      .convGeneralDilated(
        input,
        w,
        [1, 1],
        [
          [1, 1],
          [1, 1],
        ],
      )
      .add(b.reshape([1, -1, 1, 1]))
  const pool = (input, channels, side) =>
    input.reshape([batch, channels, side / 2, 2, side / 2, 2]).max([3, 5])
  const loss = (parameters, input, targets) => {
    const [w1, b1, w2, b2, w3, b3] = parameters
    const first = pool(nn.relu(conv(input, w1, b1)), 8, size)
    const second = pool(nn.relu(conv(first, w2, b2)), 16, size / 2)
    const logits = np.dot(second.reshape([batch, 16 * quarter * quarter]), w3.transpose()).add(b3)
    return nn
      .logSoftmax(logits)
      .mul(targets)
      .sum()
      .mul(-1 / batch)
  }
  const step = jax.jit((parameters, velocities, input, targets) => {
    const [value, gradients] = jax.valueAndGrad(loss)(
      parameters.map((p) => p.ref),
      input,
      targets,
    )
    const moved = velocities.map((v, i) => v.mul(0.9).add(gradients[i]))
    return [value, parameters.map((p, i) => p.sub(moved[i].ref.mul(rate))), moved]
  })
  const targets = new Float32Array(batch * classes)
  labels.forEach((label, i) => (targets[i * classes + label] = 1))
  let parameters = initial.map((data, i) => np.array(data.slice()).reshape(shapes[i]))
  let velocities = shapes.map((shape) => np.zeros(shape))
  return [
    {
      name: 'jax-js wasm (jit)',
      step: async () => {
        const [value, ...rest] = step(
          parameters,
          velocities,
          np.array(x.slice()).reshape([batch, 1, size, size]),
          np.array(targets.slice()).reshape([batch, classes]),
        )
        ;[parameters, velocities] = rest
        for (const p of parameters) await p.ref.blockUntilReady?.()
        return value.js()
      },
    },
  ]
}
