/**
 * Writes ONNX models: as much of the protobuf encoding as these benchmarks need (field numbers are those of
 * onnx.proto).
 */

const DTYPE = { float32: 1, uint8: 2, int8: 3, int32: 6, int64: 7 }

const utf8 = new TextEncoder()

function varint(value) {
  const bytes = []
  for (let rest = BigInt.asUintN(64, BigInt(value)); ; rest >>= 7n) {
    if (rest < 128n) return [...bytes, Number(rest)]
    bytes.push(Number(rest & 127n) | 128)
  }
}

const number = (field, value) => Buffer.from([...varint(field << 3), ...varint(value)])
const bytes = (field, data) =>
  Buffer.concat([Buffer.from([...varint((field << 3) | 2), ...varint(data.length)]), data])
const text = (field, value) => bytes(field, Buffer.from(utf8.encode(value)))
const float = (field, value) => {
  const held = Buffer.alloc(5)
  held[0] = (field << 3) | 5
  held.writeFloatLE(value, 1)
  return held
}
const message = (field, parts) => bytes(field, Buffer.concat(parts))

function attribute(name, value) {
  const list = Array.isArray(value) ? value : [value]
  const type = Array.isArray(value) ? 7 : Number.isInteger(value) ? 2 : 1
  const data =
    type === 1 ? [float(2, value)] : type === 2 ? [number(3, value)] : list.map((one) => number(8, one))
  return message(5, [text(1, name), ...data, number(20, type)])
}

export function node(op, inputs, outputs, attributes = {}, domain = '') {
  return message(1, [
    ...inputs.map((one) => text(1, one)),
    ...outputs.map((one) => text(2, one)),
    text(4, op),
    ...Object.entries(attributes).map(([name, value]) => attribute(name, value)),
    ...(domain === '' ? [] : [text(7, domain)]),
  ])
}

export function initializer(name, dtype, shape, data) {
  const raw = Buffer.from(data.buffer, data.byteOffset, data.byteLength)
  return message(5, [
    ...shape.map((size) => number(1, size)),
    number(2, DTYPE[dtype]),
    text(8, name),
    bytes(9, raw),
  ])
}

function value(field, name, dtype, shape) {
  const dimensions = shape.map((size) => message(1, [number(1, size)]))
  const tensor = message(1, [number(1, DTYPE[dtype]), message(2, dimensions)])
  return message(field, [text(1, name), bytes(2, tensor)])
}

/** `inputs` and `outputs` are [name, dtype, shape]; `parts` are what `node` and `initializer` made. */
export function model(parts, inputs, outputs, opset = 13) {
  const graph = [
    ...parts,
    text(2, 'bench'),
    ...inputs.map((one) => value(11, ...one)),
    ...outputs.map((one) => value(12, ...one)),
  ]
  return Buffer.concat([number(1, 8), message(7, graph), message(8, [text(1, ''), number(2, opset)])])
}
