import { bracketed, listed, tensor } from '@octet/core'
import { constantFloats, CONTRADICTION, operands, refuse, type Source } from '../../import/source.ts'
import { Chain } from '../chain.ts'
import type { Reader } from '../op.ts'
import type { Cell } from './cells.ts'
import { ACTIVATIONS, Direction, type Activation, type Constants, type State } from './direction.ts'

/** The most steps to unroll, in both directions together, because each becomes a dozen nodes. */
const MOST_STEPS = 1024

/** The indices of a recurrent op's inputs. */
const [WEIGHT, RECURRENCE, BIAS, LENGTHS, H, C, PEEPHOLES] = [1, 2, 3, 4, 5, 6, 7]

/** Sizes of a recurrent node, and the order of its axes. With layout 1, the batch comes before the steps. */
interface Sequence {
  readonly steps: number
  readonly hidden: number
  readonly layout: 0 | 1
  readonly reverse: readonly boolean[]
}

/**
 * Reads a recurrent op. Its steps are unrolled: one Gemm computes the part from the input for all steps, and each step
 * is a Gemm, elementwise ops and moves.
 */
export function recurrent(cellOf: (source: Source) => Cell): Reader {
  return (source) => {
    const cell = cellOf(source)
    const sequence = sequenceOf(source)
    const { reverse, steps } = sequence
    const functions = functionsOf(source, cell, reverse.length)
    const chain = new Chain(source)
    const states = reverse.map((backward, d) => {
      const part = reverse.length === 1 ? '' : ['forward', 'reverse'][d]
      const constants = constantsOf(source, cell, d, sequence.hidden)
      const direction = new Direction(source, chain, part, constants, functions[d])
      const inputs = inputsOf(source, chain, direction, cell, sequence)
      const kept = Array.from<State>({ length: steps })
      let state = firstState(source, chain, d, sequence)
      for (let t = 0; t < steps; t++) {
        const at = backward ? steps - 1 - t : t
        state = cell.step(direction, inputs(at), state)
        kept[at] = state
      }
      return { kept, last: state! }
    })
    yieldStates(source, chain, sequence, states)
    return chain.readings()
  }
}

function sequenceOf(source: Source): Sequence {
  const { attributes } = source
  operands(source, 3, 8)
  if (attributes.has('clip'))
    refuse(source, 'attribute "clip" is not computed', 'export the model without it')
  const layout = attributes.flag('layout', false) ? 1 : 0
  const direction = attributes.string('direction', 'forward')
  const reverse = { forward: [false], reverse: [true], bidirectional: [false, true] }[direction]
  if (reverse === undefined) refuse(source, `direction "${direction}" is none of ONNX's`, CONTRADICTION)
  const { shape } = constantFloats(source, RECURRENCE, 'recurrence weight')
  const input = source.shape(source.inputs[0])
  if (input.length !== 3 || shape.length !== 3)
    refuse(source, `${bracketed(input)} and ${bracketed(shape)} must have three dimensions`, CONTRADICTION)
  const steps = input[layout]
  const lengths = source.inputs[LENGTHS] ? source.constant(source.inputs[LENGTHS]) : undefined
  if (
    source.inputs[LENGTHS] &&
    !(lengths?.kind === 'integer' && lengths.values.every((length) => length === steps))
  )
    refuse(source, 'its sequences have separate lengths', 'export the model for sequences of one length')
  if (steps * reverse.length > MOST_STEPS)
    refuse(
      source,
      `it has ${steps} steps, at most ${MOST_STEPS} are unrolled`,
      'export it for shorter sequences',
    )
  attributes.ignore('hidden_size')
  return { steps, hidden: shape[2], layout, reverse }
}

function functionsOf(source: Source, cell: Cell, directions: number): readonly (readonly Activation[])[] {
  const { attributes } = source
  if (attributes.has('activation_alpha') || attributes.has('activation_beta'))
    refuse(
      source,
      'activation functions with parameters are not computed',
      'export it with its default functions',
    )
  const named = attributes.strings('activations')
  return Array.from({ length: directions }, (_, d) => {
    if (named === undefined) return cell.functions
    const count = cell.functions.length
    return named
      .slice(d * count, (d + 1) * count)
      .map(
        (name) =>
          ACTIVATIONS.find((known) => known.toLowerCase() === name.toLowerCase()) ??
          refuse(
            source,
            `activation "${name}" is not one of ${listed(ACTIVATIONS)}`,
            'export it with one of these',
          ),
      )
  })
}

/** The constants of direction `d`. @throws OctetError if their sizes do not fit together. */
function constantsOf(source: Source, cell: Cell, d: number, hidden: number): Constants {
  const part = (index: number, what: string, rows: number): Float32Array => {
    const { shape, data } = constantFloats(source, index, what)
    if (shape[1] !== rows)
      refuse(source, `its ${what} ${bracketed(shape)} has not ${rows} rows`, CONTRADICTION)
    const size = data.length / shape[0]
    return data.subarray(d * size, (d + 1) * size)
  }
  const rows = cell.gates * hidden
  const weight = part(WEIGHT, 'weight', rows)
  const bias = source.inputs[BIAS] ? part(BIAS, 'bias', 2 * rows) : new Float32Array(2 * rows)
  const peepholes = source.inputs[PEEPHOLES] ? part(PEEPHOLES, 'peepholes', 3 * hidden) : undefined
  return {
    hidden,
    input: tensor('float32', [rows, weight.length / rows], weight),
    recurrent: tensor('float32', [rows, hidden], part(RECURRENCE, 'recurrence weight', rows)),
    inputBias: bias.subarray(0, rows),
    recurrentBias: bias.subarray(rows),
    peepholes: peepholes
      ? [0, 1, 2].map((gate) => peepholes.subarray(gate * hidden, (gate + 1) * hidden))
      : [],
  }
}

/** The part of the gates from the input, for all steps at once. The returned function gives the part of one step. */
function inputsOf(
  source: Source,
  chain: Chain,
  direction: Direction,
  cell: Cell,
  { layout, steps }: Sequence,
): (step: number) => string {
  const { input, inputBias, recurrentBias, hidden } = direction.constants
  const added = (cell.gates - cell.inner) * hidden
  const bias = inputBias.map((b, i) => (i < added ? b + recurrentBias[i] : b))
  const rows = chain.reshape('rows', source.inputs[0], [-1, input.shape[1]])
  const gates = direction.product('input', rows, input, bias)
  const width = cell.gates * hidden
  const all = chain.reshape('steps', gates, layout === 1 ? [-1, steps, width] : [steps, -1, width])
  return (step) =>
    chain.reshape(
      'input',
      chain.add('step', { op: 'Gather', inputs: [all], attributes: { axis: layout, indices: [step] } }),
      [-1, width],
    )
}

/** The state before the first step. Undefined if it is zeros. */
function firstState(source: Source, chain: Chain, d: number, sequence: Sequence): State | undefined {
  const { hidden, layout } = sequence
  const given = (index: number): string | undefined => {
    const name = source.inputs[index]
    if (!name) return undefined
    const constant = source.constant(name)
    if (constant?.kind === 'float' && constant.tensor.data.every((value) => value === 0)) return undefined
    if (constant !== undefined)
      refuse(
        source,
        'its initial state is a constant other than zeros',
        'export it with the state as an input',
      )
    const own = chain.add('initial', {
      op: 'Gather',
      inputs: [name],
      attributes: { axis: layout, indices: [d] },
    })
    return chain.reshape('initial', own, [-1, hidden])
  }
  const [h, c] = [given(H), given(C)]
  if (h === undefined && c === undefined) return undefined
  if (h === undefined || (c === undefined && source.op === 'LSTM'))
    refuse(source, 'only one part of its initial state is given', 'give both parts of the state, or none')
  return c === undefined ? { h } : { h, c }
}

/** Adds the outputs: h of all steps, h of the last step, and c of the last step. */
function yieldStates(
  source: Source,
  chain: Chain,
  { layout, hidden }: Sequence,
  directions: readonly { readonly kept: readonly State[]; readonly last: State }[],
): void {
  const [all, lastH, lastC] = source.outputs
  const joined = (parts: readonly string[], axis: number, output: string): void => {
    if (parts.length === 1) chain.rename(parts[0], output)
    else chain.add('joined', { op: 'Concat', inputs: parts, attributes: { axis } }, output)
  }
  if (all) {
    const sequences = directions.map(({ kept }) => {
      const shape = layout === 1 ? [-1, 1, 1, hidden] : [1, 1, -1, hidden]
      const steps = kept.map(({ h }) => chain.reshape('h', h, shape))
      if (steps.length === 1) return steps[0]
      return chain.add('sequence', { op: 'Concat', inputs: steps, attributes: { axis: layout } })
    })
    joined(sequences, layout === 1 ? 2 : 1, all)
  }
  const lasts = [
    [lastH, directions.map(({ last }) => last.h)],
    [lastC, directions.flatMap(({ last }) => last.c ?? [])],
  ] as const
  for (const [output, states] of lasts)
    if (output)
      joined(
        states.map((state) => chain.reshape('last', state, layout === 1 ? [-1, 1, hidden] : [1, -1, hidden])),
        layout,
        output,
      )
}
