/** The parts of one inference in their order, by the field with the time. */
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
