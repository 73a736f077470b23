import { AFFINE_INT8, dequantize, qparamsFromRange, quantize, rangesOf, sqnrDb, tensor } from '@octet/core'

const x = tensor('float32', [6], Float32Array.of(-1, -0.4, 0, 0.7, 1.3, 2))
const [range] = rangesOf(x, null)
const grid = qparamsFromRange(range, AFFINE_INT8)
const q = quantize('int8', x, grid)
const back = dequantize(q, grid)

console.log(`scale ${grid.scale[0].toFixed(5)}, zero point ${grid.zeroPoint[0]}`)
console.log(`integers ${q.data.join(' ')}`)
console.log(`back ${Array.from(back.data, (value) => value.toFixed(3)).join(' ')}`)
console.log(`SQNR ${sqnrDb(x.data, back.data).toFixed(1)} dB`)
