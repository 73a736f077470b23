import type { DType, OpSpec } from '@octet/core'

/** The reason why an op does not compute the dtypes of a spec. Undefined if it does. */
type Rule = (spec: OpSpec) => string | undefined

/** All tensors have one dtype. */
export const kept: Rule = ({ inputs, output }) => {
  const isKept = inputs.every(({ dtype }) => dtype === output.dtype)
  return isKept ? undefined : `keeps its dtype, so not ${inputs[0].dtype} to ${output.dtype}`
}

/** All inputs have one dtype. The output is float for float inputs, and int8 for int8 inputs. */
export const oneKind: Rule = ({ inputs, output }) => {
  const [{ dtype: from }] = inputs
  return inputs.every(({ dtype }) => dtype === from) && isFloat(from) === isFloat(output.dtype)
    ? undefined
    : `does not mix ${[...inputs, output].map(({ dtype }) => dtype).join(', ')}`
}

/** Input and output are floats or not, according to `from` and `to`. `what` names the op in messages. */
export function between(from: boolean, to: boolean | undefined, what: string): Rule {
  return ({ inputs: [{ dtype: x }], output: { dtype: y } }) =>
    isFloat(x) === from && (to === undefined || isFloat(y) === to) ? undefined : `${what}, not ${x} to ${y}`
}

function isFloat(dtype: DType): boolean {
  return dtype !== 'int8'
}
