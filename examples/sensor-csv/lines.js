import { open } from 'node:fs/promises'
import { setTimeout } from 'node:timers/promises'

const INTERVAL_MS = 200

/**
 * The whole lines of a file that grows, from its beginning on, for ever. Waits for a file that is not there yet, and
 * begins again with a file that became shorter, as a logger does that starts a new one.
 * @param {string} path
 * @returns {AsyncGenerator<string>}
 */
export async function* linesOf(path) {
  let read = 0
  let rest = Buffer.alloc(0)
  for (; ; await setTimeout(INTERVAL_MS)) {
    const fresh = await bytesFrom(path, read)
    if (fresh === undefined) [read, rest] = [0, Buffer.alloc(0)]
    else {
      read += fresh.length
      rest = Buffer.concat([rest, fresh])
    }
    // The logger may be in the middle of a line, and even of a character.
    for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
      yield rest.toString('utf8', 0, end).trimEnd()
      rest = rest.subarray(end + 1)
    }
  }
}

/** The bytes of a file from a position on; undefined where the file is not there, or shorter than that. */
async function bytesFrom(path, position) {
  let file
  try {
    file = await open(path)
  } catch (error) {
    if (error.code === 'ENOENT') return undefined
    throw error
  }
  try {
    const { size } = await file.stat()
    if (size < position) return undefined
    const { buffer, bytesRead } = await file.read(Buffer.alloc(size - position), 0, size - position, position)
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}
