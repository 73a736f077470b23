import { bracketed } from '@octet/core'
import { type Differing, isOutside, type Joined, type Verdict } from '../certificate/verdict.ts'
import { lines } from './lines.ts'

/** The result of comparing a runtime with a certificate as text: the answer, then the differences. */
export function verdictInWords(verdict: Verdict): string {
  const { runtime, vectors, tensors, integers, unproven, output, differing, closed } = verdict
  const inputs = counted(vectors, 'input')
  const wrong = [...differing, ...(output ? [output] : [])].find(({ kind }) => kind === 'wrong')
  const answer =
    wrong !== undefined
      ? `${runtime} differs from the certificate: ${firstOf(wrong)}`
      : output === null
        ? `${runtime} computes the certified integers: the outputs of ${inputs} are equal`
        : `${runtime} rounds otherwise where ONNX leaves the rounding open: ${awayOf(output)} for ` +
          `${output.vectors} of ${inputs}`
  const inside =
    closed === undefined
      ? `inside of the model ${tensors.equal} of ${counted(tensors.compared, 'tensor')} are equal for ` +
        `${inputs}, ${integers.toLocaleString('en')} integers compared`
      : `nothing inside of the model was compared: ${closed}`
  return lines([
    answer,
    inside,
    ...(isOutside(verdict) ? [joinedInWords(verdict.joined ?? [])] : []),
    ...(tensors.left > 0
      ? [`${counted(tensors.left, 'tensor')} of the file are not in the certificate`]
      : []),
    ...[...differing, ...(output ? [output] : [])].filter(isNamed).map(inWords),
    ...behindInWords(differing.filter((one) => !isNamed(one))),
    ...(unproven.length > 0
      ? [
          `${counted(unproven.length, 'tensor')} lie behind a difference for every input: nothing is proven about them`,
        ]
      : []),
  ])
}

/** The layers whose fusion explains a difference that only the output shows. */
function joinedInWords(joined: readonly Joined[]): string {
  if (joined.length === 0)
    return 'the tensors inside do not show where: the runtime joins other layers where they are outputs too'
  const name = ({ tensor, op }: Pick<Joined, 'tensor' | 'op'>): string => `"${tensor}" (${op})`
  const readers = new Set(joined.flatMap(({ readBy }) => readBy.map(name)))
  const next = readers.size === 0 ? 'the output' : [...readers].join(', ')
  return (
    `the output is equal where ${joined.map(name).join(' or ')} is an output too: otherwise the runtime ` +
    `joins its layer with that of ${next}, and computes something else`
  )
}

/** The first element that differs: its place, both numbers, and their distance. */
function firstOf({ tensor, op, first, elements }: Differing): string {
  const name = isFloat(op) ? `${op} "${tensor}"` : `tensor "${tensor}" (${op})`
  if (first === undefined)
    return `${name}, at ${elements === 0 ? 'elements that the certificate has only the hash of' : 'its end'}`
  const { vector, element, expected, got } = first
  const away = isFloat(op) ? `${got - expected} away` : stepsAway(got - expected)
  return `${name}, input ${vector}, element ${bracketed(element)}: ${got} in place of ${expected}, ${away}`
}

function inWords({ tensor, op, kind, vectors, elements, most }: Differing): string {
  const name = isFloat(op) ? `${op} "${tensor}"` : `"${tensor}" (${op})`
  const how =
    elements === 0
      ? 'by its hash'
      : `${elements.toLocaleString('en')} ${elements === 1 ? 'element' : 'elements'}, by at most ` +
        `${isFloat(op) ? most : counted(most, 'step')}`
  return `${name} differs for ${counted(vectors, 'input')}: ${how}; ${WHY[kind]}`
}

/** Differences that follow from others, in one line. They say nothing about their own ops. */
function behindInWords(behind: readonly Differing[]): string[] {
  if (behind.length === 0) return []
  const elements = behind.reduce((sum, one) => sum + one.elements, 0)
  const most = behind.reduce((largest, one) => Math.max(largest, one.most), 0)
  return [
    `${counted(behind.length, 'tensor')} behind these ${behind.length === 1 ? 'differs' : 'differ'} ` +
      `too: ${counted(elements, 'element')}, by at most ${counted(most, 'step')}`,
  ]
}

/** The largest error of a differing output. */
function awayOf({ tensor, most }: Differing): string {
  return `output "${tensor}" is up to ${Number(most.toPrecision(3))} away`
}

const WHY: Readonly<Record<Differing['kind'], string>> = {
  rounded: 'ONNX leaves the rounding of this op open',
  behind: 'one of its inputs differs',
  wrong: 'all its inputs are equal',
}

function stepsAway(steps: number): string {
  return `${counted(Math.abs(steps), 'step')} ${steps < 0 ? 'below' : 'above'}`
}

function counted(count: number, noun: string): string {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`
}

/** Whether a line names this difference. Integers behind other differences are only counted. */
function isNamed({ kind, op }: Differing): boolean {
  return kind !== 'behind' || op === 'state'
}

/** Whether a difference is that of an output or a state, which are floats. */
function isFloat(op: string): boolean {
  return op === 'output' || op === 'state'
}
