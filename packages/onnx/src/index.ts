export { blockersOf, importOnnx, importQuantizedOnnx, readOnnx, type OnnxModel } from './import/model.ts'
export type { ReadExternal } from './import/external.ts'
export type { Fixed, ImportOptions } from './import/options.ts'
export { readDescription, type DescribedValue, type Description } from './description.ts'
export { exportOnnx } from './export/model.ts'
export {
  encodeOnnx,
  encodeOnnxApart,
  type ApartOnnx,
  type OnnxAbout,
  type OnnxAttribute,
  type OnnxDType,
  type OnnxGraph,
  type OnnxNode,
  type OnnxTensor,
  type OnnxValue,
} from './export/encode.ts'
export { quantizedOnnx, type QuantizedExport } from './export/quantized/export.ts'
export type { RawInput } from './export/quantized/raw.ts'
export { TARGET_IDS, TARGETS, type Target, type TargetId } from './export/quantized/targets.ts'
export type { ExportedModel } from './export/quantized/write.ts'
export { FOLDED_OPS } from './import/fold/list.ts'
export {
  dynamicTensors,
  integerTensors,
  withOutputs,
  type DynamicTensor,
  type IntegerTensor,
} from './integer-tensors.ts'
export { ONNX_OPS } from './ops/list.ts'
export { readMetadata, withMetadata, type Metadata } from './metadata.ts'
