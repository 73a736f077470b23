export { importOnnx } from './import/model.ts'
export { exportOnnx } from './export/model.ts'
