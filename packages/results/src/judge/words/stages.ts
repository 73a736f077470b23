/** The parts of one inference in the order in which they come, by the field that has the time. */
export const STAGES = {
  decodeNs: 'decode',
  uploadNs: 'upload',
  normalizeNs: 'normalize',
  quantizeNs: 'quantize',
  computeNs: 'compute',
  dequantizeNs: 'dequantize',
  submitNs: 'submit',
  readbackNs: 'readback',
  answerNs: 'answer',
  restNs: 'rest',
} as const
