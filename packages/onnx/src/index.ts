export { blockersOf, importOnnx } from './import/model.ts'
export type { ReadExternal } from './import/external.ts'
export type { Fixed, ImportOptions } from './import/options.ts'
export { exportOnnx } from './export/model.ts'
export {
  encodeOnnx,
  type OnnxAttribute,
  type OnnxDType,
  type OnnxGraph,
  type OnnxNode,
  type OnnxTensor,
  type OnnxValue,
} from './export/encode.ts'
export { FOLDED_OPS } from './import/fold/list.ts'
export { ONNX_OPS } from './ops/list.ts'
export { readMetadata, withMetadata, type Metadata } from './metadata.ts'
