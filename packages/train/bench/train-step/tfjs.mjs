const BACKENDS = ['cpu', 'wasm']

/**
 * TensorFlow.js on its cpu and wasm backends, from the folder that OCTET_PEERS names (absolute); an empty list
 * without one. A backend that cannot train the net is named and left out.
 */
export async function tfjsNets({ batch, size, classes, initial, x, labels, rate }) {
  const folder = process.env.OCTET_PEERS
  if (folder === undefined) return []
  const packages = `${folder}/node_modules/@tensorflow`
  const { default: tf } = await import(`${packages}/tfjs/dist/tf.node.js`)
  const { default: wasm } = await import(`${packages}/tfjs-backend-wasm/dist/tf-backend-wasm.node.js`)
  wasm.setWasmPaths(`${packages}/tfjs-backend-wasm/dist/`)

  const quarter = size / 4
  const features = 16 * quarter * quarter
  /** A kernel [m, c, 3, 3] as [3, 3, c, m]. */
  const kernel = (data, filters, channels) =>
    Float32Array.from({ length: data.length }, (_, i) => {
      const [m, c, tap] = [
        i % filters,
        Math.floor(i / filters) % channels,
        Math.floor(i / filters / channels),
      ]
      return data[(m * channels + c) * 9 + tap]
    })
  /** A matrix [classes, c * y * x] as [y * x * c, classes]. */
  const matrix = (data) =>
    Float32Array.from({ length: data.length }, (_, i) => {
      const [k, at] = [i % classes, Math.floor(i / classes)]
      const [c, position] = [at % 16, Math.floor(at / 16)]
      return data[k * features + c * quarter * quarter + position]
    })

  const net = async (backend) => {
    const use = () => tf.setBackend(backend)
    await use()
    const variables = [
      tf.variable(tf.tensor4d(kernel(initial[0], 8, 1), [3, 3, 1, 8])),
      tf.variable(tf.tensor1d(initial[1])),
      tf.variable(tf.tensor4d(kernel(initial[2], 16, 8), [3, 3, 8, 16])),
      tf.variable(tf.tensor1d(initial[3])),
      tf.variable(tf.tensor2d(matrix(initial[4]), [features, classes])),
      tf.variable(tf.tensor1d(initial[5])),
    ]
    const optimizer = tf.train.momentum(rate, 0.9)
    const loss = (images, targets) => {
      const [w1, b1, w2, b2, w3, b3] = variables
      const first = tf.maxPool(tf.relu(tf.add(tf.conv2d(images, w1, 1, 'same'), b1)), 2, 2, 'valid')
      const second = tf.maxPool(tf.relu(tf.add(tf.conv2d(first, w2, 1, 'same'), b2)), 2, 2, 'valid')
      const logits = tf.add(tf.matMul(tf.reshape(second, [batch, features]), w3), b3)
      return tf.mean(tf.neg(tf.sum(tf.mul(targets, tf.logSoftmax(logits)), 1)))
    }
    const step = async () => {
      await use()
      const value = tf.tidy(() =>
        optimizer.minimize(
          () =>
            loss(tf.tensor4d(x, [batch, size, size, 1]), tf.oneHot(tf.tensor1d(labels, 'int32'), classes)),
          true,
        ),
      )
      const [number] = await value.data()
      value.dispose()
      return number
    }
    return step
  }
  const made = []
  for (const backend of BACKENDS)
    try {
      // A trial on a net of its own: the benchmark begins at the first weights.
      await (
        await net(backend)
      )()
      made.push({ name: `tfjs ${backend}`, step: await net(backend) })
    } catch (error) {
      console.log(`tfjs ${backend} cannot train this net: ${String(error.message).split('\n')[0]}`)
    }
  return made
}
