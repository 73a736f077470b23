import { constant, longs, node, ones, value, type Description } from './models.ts'

const flattened = node('Flatten', ['h'], 'y')
const whole = [node('Flatten', ['x'], 'y')]
/** Reads the constant under test. */
const added = [node('Add', ['x', 'w'], 'h'), flattened]
const weight = [ones('w', [4, 3, 3, 3])]
const pool = { kernel_shape: [2, 2] }

/** Models that are refused: what is wrong, the model, and words of the line that says so. */
export const REFUSALS: readonly (readonly [string, Description, string])[] = [
  [
    'an unknown op',
    { nodes: [node('Det', ['x'], 'h'), flattened] },
    'Det "det_under_test": this op is not supported',
  ],
  [
    'a quantized model',
    { nodes: [node('QLinearConv', ['x', 's'], 'h'), flattened], initializers: [ones('s', [])] },
    'QLinearConv',
  ],
  [
    'a foreign domain',
    { nodes: [node('Relu', ['x'], 'h', {}, { domain: 'com.microsoft' }), flattened] },
    'domain "com.microsoft"',
  ],
  [
    'an unknown attribute',
    { nodes: [node('Relu', ['x'], 'h', { slope: 2 }), flattened] },
    'attribute "slope"',
  ],
  ['opset 6', { opset: 6, nodes: whole }, 'opset 6'],
  ['opset 26', { opset: 26, nodes: whole }, 'opset 26'],
  ['no opset of the default domain', { domains: ['ai.onnx.ml'], nodes: whole }, 'states no opset'],
  [
    'an input that is not float',
    { nodes: [node('Sigmoid', ['x'], 'h'), flattened], inputs: [value('x', ['N', 3], 2)] },
    'it computes with uint8',
  ],
  [
    'a free height',
    { nodes: whole, inputs: [value('x', ['N', 3, 'H', 8])] },
    'input "x": its size "H" is free',
  ],
  ['an input without features', { nodes: whole, inputs: [value('x', ['N'])] }, 'input "x": its size'],
  [
    'a Conv over four dimensions',
    {
      nodes: [node('Conv', ['x', 'w'], 'h'), flattened],
      inputs: [value('x', ['N', 3, 9, 9, 9, 9])],
      initializers: [ones('w', [4, 3, 3, 3, 3, 3])],
    },
    'a window over 4 axes',
  ],
  [
    'bounds that leave an infinity alone',
    {
      nodes: [node('Clip', ['x', 'a'], 'h'), flattened],
      initializers: [constant({ name: 'a', dataType: 1, floatData: [Infinity] })],
    },
    'bounds [Infinity, Infinity] contain no finite number',
  ],
  [
    'an output that is its input',
    { nodes: whole, outputs: [value('x', ['N', 3, 8, 8])] },
    'output "x" is an input or a constant: nothing is computed',
  ],
  [
    'an output that is a constant',
    { nodes: whole, outputs: [value('w', [2])], initializers: [ones('w', [2])] },
    'output "w" is an input or a constant: nothing is computed',
  ],
  [
    'groups that do not fit',
    { nodes: [node('Conv', ['x', 'w'], 'h', { group: 2 }), flattened], initializers: weight },
    'in 2 groups does not fit 3 channels',
  ],
  [
    'a kernel_shape unlike the weight',
    { nodes: [node('Conv', ['x', 'w'], 'h', { kernel_shape: [5, 5] }), flattened], initializers: weight },
    'kernel_shape [5, 5]',
  ],
  [
    'a bias of another length',
    { nodes: [node('Conv', ['x', 'w', 'b'], 'h'), flattened], initializers: [...weight, ones('b', [3])] },
    'bias has 3 values for 4 channels',
  ],
  [
    'a stride of 0',
    { nodes: [node('MaxPool', ['x'], 'h', { ...pool, strides: [0, 1] }), flattened] },
    'strides [0, 1]',
  ],
  [
    'negative pads',
    { nodes: [node('MaxPool', ['x'], 'h', { ...pool, pads: [0, 0, -1, 0] }), flattened] },
    'pads [0, 0, -1, 0]',
  ],
  [
    'a pool over padding alone',
    { nodes: [node('MaxPool', ['x'], 'h', { ...pool, pads: [2, 0, 0, 0] }), flattened] },
    'padding alone',
  ],
  [
    'a window larger than its input',
    { nodes: [node('MaxPool', ['x'], 'h', { kernel_shape: [9, 9] }), flattened] },
    'larger than its padded input',
  ],
  [
    'a dilated AveragePool larger than its input',
    { opset: 19, nodes: [node('AveragePool', ['x'], 'h', { ...pool, dilations: [9, 9] }), flattened] },
    'its window is larger than its padded input',
  ],
  [
    'a OneHot of more places than are held',
    {
      nodes: [node('ArgMax', ['x'], 'i', { axis: 1 }), node('OneHot', ['i', 'd', 'v'], 'h'), flattened],
      initializers: [longs('d', [2 ** 30]), ones('v', [2])],
    },
    'at most 33554432 are made',
  ],
  [
    'a storage order that is none',
    { nodes: [node('MaxPool', ['x'], 'h', { ...pool, storage_order: 2 }), flattened] },
    'storage_order is 2',
  ],
  [
    'BatchNormalization in training',
    {
      opset: 14,
      nodes: [node('BatchNormalization', ['x', 's', 's', 's', 's'], 'h', { training_mode: 1 }), flattened],
      initializers: [ones('s', [3])],
    },
    'training mode',
  ],
  [
    'BatchNormalization of each place',
    {
      opset: 8,
      nodes: [node('BatchNormalization', ['x', 's', 's', 's', 's'], 'h', { spatial: 0 }), flattened],
      initializers: [ones('s', [3])],
    },
    'separate statistics for each position',
  ],
  [
    'BatchNormalization of other channels',
    {
      nodes: [node('BatchNormalization', ['x', 's', 's', 's', 's'], 'h'), flattened],
      initializers: [ones('s', [2])],
    },
    '2 values for 3 channels',
  ],
  [
    'Clip bounds that cross',
    { nodes: [node('Clip', ['x'], 'h', { min: { float: 2 }, max: { float: 1 } }), flattened] },
    'bounds [2, 1]',
  ],
  [
    'a Reshape to a computed shape',
    { nodes: [node('Reshape', ['x', 'x'], 'y')] },
    'its shape "x" must be constant integers',
  ],
  [
    'a Reshape that fixes the batch',
    { nodes: [node('Reshape', ['x', 's'], 'y')], initializers: [longs('s', [2, 192])] },
    'does not reshape to [2, 192]',
  ],
  [
    'a mean over an axis that there is not',
    { nodes: [node('ReduceMean', ['x'], 'y', { axes: [1, 4] })] },
    'axes [1, 4] are not axes of rank 4',
  ],
  [
    'sizes that do not meet',
    {
      nodes: [node('Flatten', ['x'], 'h'), node('Gemm', ['h', 'w'], 'y')],
      initializers: [ones('w', [7, 2])],
    },
    'inner sizes 192 and 7',
  ],
  [
    'tensors that do not join',
    { nodes: [node('MaxPool', ['x'], 'p', pool), node('Concat', ['x', 'p'], 'h', { axis: 1 }), flattened] },
    'shapes [1, 3, 8, 8] and [1, 3, 7, 7] do not join along axis 1',
  ],
  [
    'tensors joined along an axis that they lack',
    { nodes: [node('Concat', ['x', 'x'], 'h', { axis: 4 }), flattened] },
    'do not join along axis 4',
  ],
  ['a Concat without an axis', { nodes: [node('Concat', ['x', 'x'], 'h'), flattened] }, 'attribute "axis"'],
  [
    'a Concat with an absent input',
    { nodes: [node('Concat', ['x', '', 'x'], 'h', { axis: 1 }), flattened] },
    'one of its inputs is absent',
  ],
  [
    'a HardSwish before its time',
    { opset: 13, nodes: [node('HardSwish', ['x'], 'h'), flattened] },
    'opset 13 has no such op',
  ],
  [
    'factors that do not broadcast',
    { nodes: [node('MaxPool', ['x'], 'p', pool), node('Mul', ['x', 'p'], 'h'), flattened] },
    'do not broadcast',
  ],
  ['too few inputs', { nodes: [node('Add', ['x'], 'h'), flattened] }, 'it takes 2 inputs, got 1'],
  [
    'a tensor that nothing produces',
    { nodes: [node('Relu', ['nowhere'], 'h'), flattened] },
    '"nowhere" is produced by no node',
  ],
  [
    'a tensor produced twice',
    { nodes: [node('Relu', ['x'], 'h'), node('Relu', ['x'], 'h'), flattened] },
    'tensor "h" is produced twice',
  ],
  [
    'a cycle',
    { nodes: [node('Add', ['x', 'b'], 'a'), node('Relu', ['a'], 'b'), node('Flatten', ['a'], 'y')] },
    'form a cycle',
  ],
  ['an output that is not there', { nodes: [node('Flatten', ['x'], 'z')] }, 'output "y"'],
  [
    'integer weights',
    {
      nodes: [node('Flatten', ['x'], 'h'), node('Gemm', ['h', 'w'], 'y')],
      initializers: [constant({ name: 'w', dataType: 3, dims: [192n, 1n], rawData: new Uint8Array(192) })],
    },
    '"w" holds integers',
  ],
  [
    'a data type that is not read',
    {
      nodes: added,
      initializers: [constant({ name: 'w', dataType: 14, dims: [1n], rawData: new Uint8Array(2) })],
    },
    'Add "add_under_test": initializer "w": data type complex64',
  ],
  [
    'data in another file',
    { nodes: added, initializers: [constant({ name: 'w', dataType: 1, dims: [2n], dataLocation: 1 })] },
    'initializer "w": its data lies in another file',
  ],
  [
    'a tensor cut short',
    {
      nodes: added,
      initializers: [constant({ name: 'w', dataType: 1, dims: [2n], rawData: new Uint8Array(7) })],
    },
    'needs 2 values of float, its data has 7 bytes',
  ],
  [
    'a negative size',
    { nodes: added, initializers: [constant({ name: 'w', dataType: 1, dims: [-2n] })] },
    'is not a shape',
  ],
  [
    'an initializer given twice',
    { nodes: added, initializers: [ones('w', [1]), ones('w', [1])] },
    'initializer "w" is given twice',
  ],
  [
    'a weight that is not a number',
    {
      nodes: [node('Add', ['x', 'w'], 'h'), flattened],
      initializers: [constant({ name: 'w', dataType: 1, dims: [1n], floatData: [NaN] })],
    },
    'initializer "w": element 0 is NaN',
  ],
  [
    'an attribute of another type',
    { nodes: [node('Flatten', ['x'], 'y', { axis: { float: 1 } })] },
    'Flatten "flatten_under_test": attribute "axis" is not of type int',
  ],
  [
    'an epsilon that is NaN',
    {
      nodes: [
        node('BatchNormalization', ['x', 's', 's', 's', 's'], 'h', { epsilon: { float: NaN } }),
        flattened,
      ],
      initializers: [ones('s', [3])],
    },
    'attribute "epsilon" is NaN',
  ],
  [
    'an alpha that is infinite',
    { nodes: [node('HardSigmoid', ['x'], 'h', { alpha: { float: Infinity } }), flattened] },
    'attribute "alpha" is Infinity',
  ],
  [
    'a Clip bound that is NaN',
    { nodes: [node('Clip', ['x'], 'h', { min: { float: NaN } }), flattened] },
    'attribute "min" is NaN',
  ],
  [
    'nothing that depends on the input',
    { nodes: [node('Identity', ['w'], 'y')], initializers: [ones('w', [2])] },
    'no input that its output depends on',
  ],
]
