/** The most characters of a name. In UTF-8 this many fit every file system. */
const LONGEST = 60
const NAME = /^[\p{L}\p{N}][\p{L}\p{M}\p{N} ._+(),-]*$/u
/** Names that Windows reserves for devices, with any extension. */
const DEVICE = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i

/** The rule for names of workloads, for messages. A name becomes the name of a folder. */
export const NAME_RULE: string =
  `give 1 to ${LONGEST} letters, digits, spaces and . _ - + ( ) or ",", beginning with a letter or digit, ` +
  'not ending in a space or ".", and no device name of Windows such as con or nul'

/** Whether a text may be a workload's name. */
export function isName(text: string): boolean {
  return Array.from(text).length <= LONGEST && NAME.test(text) && !/[ .]$/.test(text) && !DEVICE.test(text)
}

/** A name close to a file's name. Characters that are not allowed become "-". */
export function nameFrom(text: string): string {
  const plain = text.replace(/[^\p{L}\p{M}\p{N} ._+(),-]/gu, '-').replace(/^[^\p{L}\p{N}]+/u, '')
  const [name, prefixed] = [plain, `model-${plain}`].map((one) =>
    Array.from(one)
      .slice(0, LONGEST)
      .join('')
      .replace(/[- .]+$/, ''),
  )
  return isName(name) ? name : prefixed
}
