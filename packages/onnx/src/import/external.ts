import { OctetError, quoted } from '@octet/core'
import type { TensorProto } from '../generated/onnx_pb.ts'

/** Reads a whole file beside the model, by its path relative to the model's folder. */
export type ReadExternal = (location: string) => Uint8Array

const MEND = 'save the model with its weights inside the .onnx file'

/** The files with weights beside a model. Each is read once. */
export class ExternalData {
  readonly #read: ReadExternal | undefined
  readonly #files = new Map<string, Uint8Array>()

  constructor(read: ReadExternal | undefined) {
    this.#read = read
  }

  /**
   * The bytes of one tensor, without a copy.
   * @param bytes the size by shape and data type, if the file does not state it
   * @throws OctetError for a place outside the model's folder, or a range outside the file.
   */
  read({ externalData }: TensorProto, bytes: number, where: string): Uint8Array {
    const entries = new Map(externalData.map(({ key, value }) => [key, value]))
    const location = entries.get('location') ?? ''
    if (this.#read === undefined)
      throw new OctetError(`${where}: its data lies in another file, ${quoted(location)}`, MEND)
    if (!isInside(location))
      throw new OctetError(
        `${where}: its data lies at ${quoted(location)}, which is no valid path in the model's folder`,
        'save the weights beside the model, under a relative path without ".."',
      )
    const offset = Number(entries.get('offset') ?? 0)
    const length = Number(entries.get('length') ?? bytes)
    const file = this.#files.get(location) ?? this.#read(location)
    this.#files.set(location, file)
    if (
      ![offset, length].every((value) => Number.isSafeInteger(value) && value >= 0) ||
      offset + length > file.length
    )
      throw new OctetError(
        `${where}: its data lies at bytes ${offset} to ${offset + length} of ${quoted(location)}, which ` +
          `has ${file.length}`,
        'copy the file with the weights again, beside the model',
      )
    return file.subarray(offset, offset + length)
  }
}

/** Whether a relative path stays in its folder. */
function isInside(location: string): boolean {
  const parts = location.split('/')
  return !/[\\:\0]/u.test(location) && parts.every((part) => part !== '' && part !== '.' && part !== '..')
}
