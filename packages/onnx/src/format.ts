/** Numbers of AttributeProto.AttributeType (onnx.proto). */
export const ATTRIBUTE_TYPES = {
  float: 1,
  int: 2,
  string: 3,
  tensor: 4,
  graph: 5,
  floats: 6,
  ints: 7,
  strings: 8,
} as const

/** Numbers of TensorProto.DataType (onnx.proto) for the types that Octet writes. */
export const DATA_TYPES = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  int4: 22,
} as const
