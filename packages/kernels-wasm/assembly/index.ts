export { productFloat, productHalf, productInt8 } from './product'
export { panelFloat, panelHalf, panelInt8 } from './panel'
export { depthwiseFloat, depthwiseHalf, depthwiseInt8 } from './depthwise'
export { depthwise3x3Int8, stepOne, stepTwo } from './depthwise-3x3'
export {
  averagePoolFloat, averagePoolHalf, averagePoolInt8, maxPoolFloat, maxPoolHalf, maxPoolInt8,
} from './pool'
export {
  addFloat, addHalf, addInt8, clipFloat, clipHalf, clipInt8, dequantizeFloat, dequantizeHalf, hardSigmoidFloat, hardSigmoidHalf,
  hardSwishFloat, hardSwishHalf, mulFloat, mulHalf, mulInt8, normalizeFloat, normalizeHalf, normalizeInt8, quantizeFloat, quantizeHalf, scaleFloat,
  scaleHalf, scaleInt8, sigmoidFloat, sigmoidHalf, softmaxFloat, softmaxHalf, tableInt8,
} from './pointwise'
export { copyStorage, joinBytes, joinHalves, joinWords, reshapeBytes, reshapeHalves, reshapeWords } from './move'
export { fiveFloat, fiveInt8, oneFloat, oneInt8, threeFloat, threeInt8 } from './tile'
export { winogradInt8 } from './winograd'
export { transformPatch } from './winograd-input'
export { transformSums } from './winograd-output'
export { multiplyMatrices } from './train/matrix'
export { addAll, addColumnSums, addRow, copyAll, holdBackward, holdForward, sumTwo } from './train/elementwise'
export { batchNormBackward, batchNormForward } from './train/batchnorm'
export { convBackward, convForward } from './train/conv'
export { depthwiseBackward, depthwiseForward } from './train/depthwise'
export { maxPairsBackward, maxPairsForward, meanBackward, meanForward } from './train/pool'
