export { importOnnx } from './import/model.ts'
export { exportOnnx } from './export/model.ts'
export { readMetadata, withMetadata, type Metadata } from './metadata.ts'
