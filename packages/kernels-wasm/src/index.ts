export { wasmPackage as default } from './package.ts'
