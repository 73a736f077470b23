const LISTED = 'README.md lists the ops that run'
const BEFORE = `end the model before this node, at a tensor of the network: --output NAME (${LISTED})`

/** Ways to avoid an op that Octet does not read, if there is a simpler way than another export. */
const REMEDIES: Readonly<Record<string, string>> = {
  Loop: 'export the model with its loops unrolled',
  Scan: 'export the model with its loops unrolled',
  NonMaxSuppression: BEFORE,
  RoiAlign: BEFORE,
  TopK: BEFORE,
  Unique: BEFORE,
}

/** The remedy for an op that Octet does not read. */
export function remedyFor(op: string): string {
  if (op.startsWith('QLinear')) return 'the model is quantized already: give the FP32 model it was made from'
  return REMEDIES[op] ?? `export the model without it: ${LISTED}`
}
