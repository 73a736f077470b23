import {
  evaluate,
  fail,
  nameOf,
  Names,
  nodesFor,
  OctetError,
  quoted,
  type Graph,
  type Node,
  type Shape,
  type State,
  type Tensor,
} from '@octet/core'
import type { NodeProto } from '../generated/onnx_pb.ts'
import { onnxOp, READERS } from '../ops/list.ts'
import { Attributes } from './attributes.ts'
import { branchesOf, chosen, type Branch } from './branch.ts'
import { BFLOAT16 } from './constant.ts'
import type { Constants } from './constants.ts'
import type { ExternalData } from './external.ts'
import { withoutEmpty } from './empty.ts'
import { FOLDS } from './fold/list.ts'
import { sizesOf } from './fold/sizes.ts'
import { MOST_NODES } from './limits.ts'
import { isKnown, isOnnx, keyOf, requireKnown } from './known.ts'
import { expand } from './quantized/expand/list.ts'
import type { Integers } from './quantized/integers.ts'
import { markOf, mayMove, wholeNumbersOf, type Fresh } from './quantized/views.ts'
import { constantOf, floatsOf, shapeOfConstant } from './read-constant.ts'
import { remedyFor } from './remedy.ts'
import { Shapes } from './shapes.ts'
import { INT64, requireComputable, typesOf, yieldsWhole } from './types.ts'
import { CONTRADICTION, refuse, type Source } from './source.ts'
import { weightsOf } from './weights.ts'
import { readsOf } from './wiring.ts'

/** Facts about the model that the reading of a node depends on. */
export interface Context
  extends Pick<Graph, 'name' | 'inputs' | 'batch'>, Pick<Source, 'fixedBatch' | 'opset'> {
  readonly external: ExternalData
  /** Types of inputs that hold integers or bfloat16, by their numbers. */
  readonly types: ReadonlyMap<string, number>
  /** The integers found so far. Undefined if the model is not read as quantized. */
  readonly integers: Integers | undefined
}

/** Resolves a name in a nested graph to its tensor. */
type Scope = (name: string) => string

/**
 * Builds a graph from nodes that arrive in topological order. A node that cannot be read is no fault if the output does
 * not depend on it.
 */
export class GraphBuilder {
  readonly context: Context
  readonly #constants: Constants
  readonly #shapes: Shapes
  readonly #nodes: Node[] = []
  readonly #nodeNames = new Names()
  readonly #tensorNames: Names
  /** Tensors that some node or the caller reads. */
  readonly #read: Set<string>
  /** Aliases: an output that equals another tensor, i.e. the input of Identity, Dropout or a Concat of one tensor. */
  readonly #aliases = new Map<string, string>()
  /** The reasons why tensors are missing. */
  readonly #faults = new Map<string, OctetError>()
  readonly #blockers: OctetError[] = []
  /** Activations that hold whole numbers only. */
  readonly #whole: Set<string>
  /** Types of activations with integers or bfloat16, by the file's names for them. */
  readonly #types: Map<string, number>
  #count = 0
  readonly #fresh: Fresh = {
    freshNode: (wanted) => this.freshNode(wanted),
    freshTensor: (wanted) => this.freshTensor(wanted),
    freshConstant: (wanted, held) => {
      const name = this.#tensorNames.fresh(wanted)
      this.#constants.set(name, { kind: 'float', tensor: held })
      return name
    },
  }

  constructor(
    context: Context,
    constants: Constants,
    nodes: readonly NodeProto[],
    yielded: readonly string[],
  ) {
    this.context = context
    this.#constants = constants
    this.#shapes = new Shapes(context.inputs, context.batch)
    this.#types = new Map(context.types)
    this.#whole = new Set([...context.types].flatMap(([name, type]) => (type === BFLOAT16 ? [] : [name])))
    this.#read = new Set([...nodes.flatMap(readsOf), ...yielded])
    this.#tensorNames = new Names([
      ...this.#read,
      ...constants.names(),
      ...context.inputs.map(({ name }) => name),
      ...nodes.flatMap(({ output }) => output),
    ])
  }

  /** All faults that block the import so far. */
  get blockers(): readonly OctetError[] {
    return this.#blockers
  }

  add(given: NodeProto, scope: Scope = (name) => name): void {
    const node = withoutEmpty(given, this.#shapes, (name) => this.#resolve(scope(name)))
    const expanded = expand(node, (wanted) => this.#tensorNames.fresh(wanted))
    if (expanded !== undefined) {
      for (const part of expanded.nodes)
        this.add(part, (name) => (expanded.own.has(name) ? name : scope(name)))
      return
    }
    const outputs = node.output.map(scope)
    const cause = node.input.flatMap((name) => this.#faults.get(this.#resolve(scope(name))) ?? [])[0]
    try {
      if (cause === undefined) this.#add(node, scope)
      else if (!isKnown(node)) requireKnown(this.#source(node, scope), node)
    } catch (error) {
      if (!(error instanceof OctetError)) throw error
      const label = { op: node.opType, name: node.name || (node.output[0] ?? '') }
      // Core's message about sizes has no node and no remedy.
      const told =
        error.mend === undefined ? new OctetError(`${nameOf(label)}: ${error.message}`, CONTRADICTION) : error
      this.#blockers.push(told)
      for (const name of outputs) this.#faults.set(name, cause ?? told)
    }
    if (cause !== undefined) for (const name of outputs) this.#faults.set(name, cause)
  }

  /** Adds a node of core's graph. */
  append(node: Node): void {
    const constant = (name: string): Tensor<'float32'> | undefined =>
      this.#shapes.get(name) === undefined ? floatsOf(this.#constants, node, name) : undefined
    const held = node.inputs.map(constant)
    const lost = node.inputs.filter((name, i) => held[i] === undefined && !this.#shapes.get(name))
    if (lost.length > 0)
      fail(node, `its input ${quoted(lost[0] ?? '')} is produced by no node`, CONTRADICTION)
    if (held.every((one) => one !== undefined)) {
      const result = evaluate(node, held)
      this.#constants.takeRoom('float', result.shape, nameOf(node))
      this.#constants.set(node.output, { kind: 'float', tensor: result })
      return
    }
    this.#shapes.add(node, constant)
    onnxOp(node).check?.(node, {
      input: this.#shapes.get(node.inputs[0]) ?? held[0]!.shape,
      output: this.#shapes.get(node.output)!,
      lengthOf: (index) => held[index]?.data.length,
    })
    if (yieldsWhole(node, this.#whole)) this.#whole.add(node.output)
    this.#nodes.push(node)
  }

  /** Gives a tensor another name. */
  alias(name: string, same: string): void {
    this.#aliases.set(name, this.#resolve(same))
  }

  freshNode(wanted: string): string {
    return this.#nodeNames.fresh(wanted)
  }

  freshTensor(wanted: string): string {
    return this.#tensorNames.fresh(wanted)
  }

  /**
   * The activation that is the output, and its shape for a batch of two or for the single sample.
   * @throws OctetError if the output cannot be computed, or is a constant.
   */
  endOf(output: string): { readonly name: string; readonly shape: Shape } {
    const fault = this.#faults.get(this.#resolve(output))
    if (fault !== undefined) throw fault
    const name = this.#resolve(output)
    this.#wholeNumbers(name)
    const shape = this.#shapes.get(name)
    if (shape === undefined)
      throw new OctetError(
        `output ${quoted(output)} does not depend on the input`,
        'name one that does: --output NAME',
      )
    return { name, shape }
  }

  /** The graph of all nodes that a tensor and its states depend on. */
  finish(end: string, states: readonly State[] = []): Graph {
    const { name, inputs, batch } = this.context
    const nodes = nodesFor(this.#nodes, [end, ...states.map(({ output }) => output)])
    if (nodes.length === 0)
      throw new OctetError(`model ${quoted(name)} computes nothing`, 'give a model with at least one layer')
    this.#shapes.requireOneRow(nodes.find((node) => node.output === end)!)
    const read = new Set(nodes.flatMap((node) => node.inputs))
    const needed = states.filter(({ input }) => read.has(input))
    if (needed.length < states.length) return this.finish(end, needed)
    return {
      name,
      inputs: inputs.filter((input) => read.has(input.name)),
      output: end,
      nodes,
      initializers: weightsOf(nodes, (node, name) =>
        this.#shapes.get(name) === undefined ? floatsOf(this.#constants, node, name) : undefined,
      ),
      ...(states.length > 0 && { states }),
      ...(batch && { batch }),
    }
  }

  #add(node: NodeProto, scope: Scope): void {
    const { integers } = this.context
    const views = node.input.map((name) => (name === '' ? undefined : integers?.view(scope(name))))
    if (integers !== undefined && mayMove(node, views)) return this.#move(node, scope, integers)
    if (node.opType !== 'DequantizeLinear') for (const name of node.input) this.#wholeNumbers(scope(name))
    this.#take(node, scope)
  }

  /** Moves integers as the numbers that they represent. */
  #move(node: NodeProto, scope: Scope, integers: Integers): void {
    const [view] = node.input.flatMap((name) => integers.view(scope(name)) ?? [])
    const read = node.output.filter((name) => name !== '' && this.#read.has(scope(name)))
    const values = new Map(read.map((name) => [name, this.#tensorNames.fresh(`${scope(name)}.value`)]))
    for (const value of values.values()) this.#read.add(value)
    this.#take(node, (name) => values.get(name) ?? integers.view(scope(name))?.value ?? scope(name))
    for (const [name, value] of values) {
      const mark = markOf(this.#resolve(value), integers.marks, view.grid, this.#fresh)
      this.append(mark)
      integers.define(scope(name), { ...view, value: mark.output })
    }
  }

  /** The integers of a view as floats, under the view's name. */
  #wholeNumbers(name: string): string {
    const view = this.#shapes.get(name) === undefined ? this.context.integers?.view(name) : undefined
    if (view !== undefined) for (const node of wholeNumbersOf(name, view, this.#fresh)) this.append(node)
    return name
  }

  #take(node: NodeProto, scope: Scope): void {
    if (++this.#count > MOST_NODES)
      throw new OctetError(
        `the model has more than ${MOST_NODES} nodes with the branches that are taken`,
        'simplify the model, as onnxsim does, or export a smaller part of it',
      )
    const source = this.#source(node, scope)
    requireKnown(source, node)
    if (node.output.every((name) => name === '')) refuse(source, 'it has no output', CONTRADICTION)
    if (isOnnx(node) && source.op === 'If') this.#inline(source, scope)
    else if (!this.#fold(source, node, scope)) this.#convert(source, node)
    source.attributes.end()
    const missing = source.outputs.find((name) => name !== '' && !this.#isYielded(name))
    if (missing !== undefined)
      refuse(
        source,
        `its output ${quoted(missing)} is not supported`,
        'export the model without the nodes that read it',
      )
  }

  /**
   * Replaces an If with the nodes of its selected branch. If the condition is computed, both branches are added, and
   * each sample's own condition selects.
   */
  #inline(source: Source, scope: Scope): void {
    const [taken, other] = branchesOf(source).map((branch) => this.#yieldsOf(branch, scope))
    for (const [index, name] of source.outputs.entries()) {
      if (name === '') continue
      const [from, instead] = [taken, other].map((yields) => yields?.[index] ?? '')
      const fault = this.#faults.get(this.#resolve(from)) ?? this.#faults.get(this.#resolve(instead))
      if (fault !== undefined) this.#faults.set(name, fault)
      else if (other === undefined) this.alias(name, from)
      else
        for (const node of chosen(source, name, [this.#resolve(from), this.#resolve(instead)]))
          this.append(node)
      const type = this.#types.get(from)
      if (type !== undefined) this.#types.set(name, type)
    }
  }

  /** Adds the nodes of a branch and returns its outputs. */
  #yieldsOf(branch: Branch, scope: Scope): readonly string[] {
    const own = new Map<string, string>()
    for (const name of branch.names) own.set(name, this.#tensorNames.fresh(name))
    const inner: Scope = (name) => own.get(name) ?? scope(name)
    this.#constants.store(branch.graph, inner)
    for (const node of branch.nodes) for (const name of readsOf(node)) this.#read.add(inner(name))
    const yields = branch.graph.output.map(({ name }) => inner(name))
    for (const name of yields) this.#read.add(name)
    for (const node of branch.nodes) this.add(node, inner)
    return yields
  }

  /** Computes a node of constants. */
  #fold(source: Source, node: NodeProto, scope: Scope): boolean {
    const { op, inputs } = source
    const where = nameOf(source)
    if (isOnnx(node) && (op === 'Shape' || op === 'Size')) {
      this.#constants.set(source.output, sizesOf(source, this.#shapes.perSampleOf(inputs[0])))
      return true
    }
    const fold = isOnnx(node) ? FOLDS.get(op) : undefined
    if (fold === undefined || !inputs.every((name) => name === '' || this.#constants.has(name))) return false
    // The folder and the reader after it both take the attributes.
    const own = this.#source(node, scope, source.name)
    const constants = inputs.map((name) =>
      name === '' ? undefined : constantOf(this.#constants, source, name),
    )
    const folded = fold({
      source: own,
      inputs: constants,
      takeRoom: (kind, shape) => this.#constants.takeRoom(kind, shape, where),
    })
    if (folded === undefined) return false
    own.attributes.end()
    for (const [index, constant] of folded.entries()) {
      const name = source.outputs[index]
      if (name) this.#constants.set(name, constant)
    }
    source.attributes.ignoreAll()
    return true
  }

  #convert(source: Source, node: NodeProto): void {
    const read = READERS.get(keyOf(node))
    if (read === undefined)
      refuse(source, 'this op is not supported for tensors that are computed', remedyFor(source.op))
    requireComputable(source)
    const reading = read(source)
    if ('constant' in reading) this.#constants.set(source.output, reading.constant)
    else if ('same' in reading) this.alias(source.output, reading.same)
    else for (const node of reading.nodes) this.append(node)
    const types = typesOf(source, node)
    for (const [i, name] of source.outputs.entries()) {
      const type = types[i]
      if (name === '' || type === undefined) continue
      this.#types.set(name, type)
      if (type !== BFLOAT16) this.#whole.add(this.#resolve(name))
    }
  }

  #isYielded(name: string): boolean {
    const at = this.#resolve(name)
    return (
      at !== name ||
      this.#shapes.get(name) !== undefined ||
      this.context.integers?.view(name) !== undefined ||
      this.#constants.has(name) ||
      this.#faults.has(name)
    )
  }

  #source(node: NodeProto, scope: Scope, name?: string): Source {
    const outputs = node.output.map((output) => (output === '' ? '' : scope(output)))
    const output = outputs[0] ?? ''
    const label = { op: node.opType, name: name ?? this.#nodeNames.fresh(node.name || output) }
    return {
      ...label,
      opset: this.context.opset,
      inputs: node.input.map((input) => (input === '' ? '' : this.#resolve(scope(input)))),
      output,
      outputs: outputs.map((one, index) => (index === 0 || this.#read.has(one) ? one : '')),
      attributes: new Attributes(node, nameOf(label), this.context.external),
      fixedBatch: this.context.fixedBatch,
      constant: (input) => {
        const found = constantOf(this.#constants, label, input)
        if (found?.kind === 'integer' && found.perSample !== undefined)
          throw new OctetError(
            `${nameOf(label)}: its input ${quoted(input)} depends on the batch size`,
            'export the model with a fixed batch of 1',
          )
        return found
      },
      sizes: (input) => constantOf(this.#constants, label, input),
      shape: (input) =>
        this.#shapes.get(this.context.integers?.view(input)?.value ?? input) ??
        shapeOfConstant(this.#constants, label, input),
      integers: this.context.integers,
      wholeNumbers: (input) => this.#wholeNumbers(input),
      holdsWholeNumbers: (input) => this.#whole.has(input),
      typeOf: (index) => this.#typeOf(label, scope(node.input[index] ?? '')),
      ...this.#fresh,
    }
  }

  /** The number of a tensor's type in the file, if it holds integers or bfloat16. */
  #typeOf(node: Pick<Source, 'op' | 'name'>, name: string): number | undefined {
    const at = this.#resolve(name)
    if (this.#shapes.get(at) !== undefined || this.context.integers?.view(at) !== undefined)
      return this.#types.get(name)
    const constant = name === '' ? undefined : constantOf(this.#constants, node, this.#resolve(name))
    return constant?.type ?? (constant?.kind === 'integer' ? INT64 : undefined)
  }

  #resolve(name: string): string {
    return this.#aliases.get(name) ?? name
  }
}
