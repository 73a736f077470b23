// Modules export these functions so that the compiler keeps them separate. Inlined into their callers, their sums would
// compete for registers with all other values. The kernels of ops are in ops/, which the build compiles whole.
export { fiveDouble, fiveFloat, fiveInt8, oneDouble, oneFloat, oneInt8 } from './tile'
export { threeDouble, threeFloat, threeInt8 } from './tile'
export { transformPatch } from './winograd-input'
export { transformSums } from './winograd-output'
// Kernels of training.
export { multiplyMatrices } from './train/matrix'
export { addAll, addColumnSums, addRow, copyAll, holdBackward, holdForward, sumTwo } from './train/elementwise'
export { batchNormBackward, batchNormForward } from './train/batchnorm'
export { convBackward, convForward } from './train/conv'
export { depthwiseBackward, depthwiseForward } from './train/depthwise'
export { maxPairsBackward, maxPairsForward, meanBackward, meanForward } from './train/pool'
