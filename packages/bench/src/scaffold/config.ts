/** The text of a file of settings for a MODEL.onnx, or for workloads by their ids. */
export function scaffoldConfig(subject: string | readonly string[]): string {
  const workloads =
    typeof subject === 'string'
      ? `{
    model: ${quoted(subject)},
    // NPY files: readings to evaluate, their labels where there are any, and other readings to calibrate with.
    eval: 'x.npy',
    // labels: 'y.npy',
    // calib: 'c.npy',
  }`
      : `[${subject.map(quoted).join(', ')}]`
  return `// The settings of octet bench and octet recommend in this folder. A flag takes the place of a setting.
// octet help bench lists the flags with their values.

/** @type {import('@octet/cli').Config} */
export default {
  workloads: ${workloads},
  sweep: {
    precision: ['fp32', 'fp16', 'int8'],
    calibration: ['minmax', 'mse', 'auto'],
    granularity: ['per-tensor', 'per-channel'],
  },
  goals: {
    // Points of accuracy for a classification.
    maxDrop: 1,
    // maxLatencyMs: 5,
    // maxBytes: 100_000,
  },
  // board: 'stm32u575',
  // host: 'browser',
}
`
}

function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, String.raw`\$&`)}'`
}
