import { resolve } from 'node:path'
import { OctetError } from '@octet/core'
import type { ModelChoice } from '@octet/workloads'
import { Option } from 'commander'
import { collect, wholeNumber } from './option.ts'

/** `--dim`. */
export function dimOption(): Option {
  return new Option(
    '--dim <list>',
    'sizes of free axes of a MODEL.onnx: NAME=SIZE, or INPUT:AXIS=SIZE for one without a name (default: none)',
  ).argParser(collect(named(wholeNumber('--dim', 1))))
}

/** `--set`. */
export function setOption(): Option {
  return new Option(
    '--set <list>',
    'inputs of a MODEL.onnx that are constants: NAME=NUMBER, or NAME=ARRAY.npy (default: none)',
  ).argParser(collect(named((value) => (value.endsWith('.npy') ? resolve(value) : numberOf(value)))))
}

/** `--output`. */
export function outputOption(): Option {
  return new Option(
    '--output <name>',
    'the tensor to use as the output of a MODEL.onnx (default: its own output)',
  )
}

/** `--state`. */
export function stateOption(): Option {
  return new Option(
    '--state <list>',
    'the tensors that a streaming MODEL.onnx carries from sample to sample: INPUT=OUTPUT; they start as ' +
      'zeros (default: none)',
  ).argParser(collect(named((output) => output)))
}

/** The values of `--dim`, `--set`, `--output` and `--state`, if given. */
export interface ModelFlags {
  readonly dim?: readonly (readonly [string, number])[]
  readonly set?: readonly (readonly [string, number | string])[]
  readonly output?: string
  readonly state?: readonly (readonly [string, string])[]
}

/** The settings of these flags for reading a model. */
export function choiceOf({ dim, set, output, state }: ModelFlags): ModelChoice {
  return {
    ...(dim && { dims: Object.fromEntries(dim) }),
    ...(set && { set: Object.fromEntries(set) }),
    ...(output !== undefined && { output }),
    ...(state && { states: Object.fromEntries(state) }),
  }
}

/** A parser of NAME=VALUE. It splits at the last `=`, because names of tensors may contain one. */
function named<T>(value: (text: string) => T): (item: string) => readonly [string, T] {
  return (item) => {
    const at = item.lastIndexOf('=')
    if (at < 1) throw new OctetError(`"${item}" names no value`, 'write NAME=VALUE')
    return [item.slice(0, at), value(item.slice(at + 1))]
  }
}

function numberOf(text: string): number {
  const number = Number(text)
  if (text.trim() === '' || !Number.isFinite(number))
    throw new OctetError(`--set is "${text}"`, 'give a number, or the path of an .npy file')
  return number
}
