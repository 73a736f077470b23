import type { DType, OpSpec } from '@octet/core'

/** Why an op does not compute the dtypes of a spec; undefined where it does. */
type Rule = (spec: OpSpec) => string | undefined

/** All tensors have one dtype. */
export const kept: Rule = ({ inputs, output }) => {
  const isKept = inputs.every(({ dtype }) => dtype === output.dtype)
  return isKept ? undefined : `keeps its dtype, so not ${inputs[0].dtype} to ${output.dtype}`
}

/** All inputs have one dtype, and the output is of floats where they are, of int8 where they are. */
export const oneKind: Rule = ({ inputs, output }) => {
  const [{ dtype: from }] = inputs
  return inputs.every(({ dtype }) => dtype === from) && isFloat(from) === isFloat(output.dtype)
    ? undefined
    : `does not mix ${[...inputs, output].map(({ dtype }) => dtype).join(', ')}`
}

/** Input and output are of floats or not, as `from` and `to` say; `what` is the op in words. */
export function between(from: boolean, to: boolean | undefined, what: string): Rule {
  return ({ inputs: [{ dtype: x }], output: { dtype: y } }) =>
    isFloat(x) === from && (to === undefined || isFloat(y) === to) ? undefined : `${what}, not ${x} to ${y}`
}

function isFloat(dtype: DType): boolean {
  return dtype !== 'int8'
}
