import { deflateRawSync } from 'node:zlib'

/** An archive by hand, as numpy.savez (stored) and numpy.savez_compressed lay one out; CRCs are left 0. */
export function archive(
  files: Readonly<Record<string, Uint8Array>>,
  deflated: boolean,
  claim = (size: number): number => size,
): Buffer {
  const parts: Buffer[] = []
  const directory: Buffer[] = []
  let at = 0
  for (const [name, content] of Object.entries(files)) {
    const packed = deflated ? deflateRawSync(content) : Buffer.from(content)
    const local = Buffer.alloc(30)
    local.writeUInt32LE(0x04034b50)
    local.writeUInt16LE(deflated ? 8 : 0, 8)
    local.writeUInt16LE(name.length, 26)
    // NumPy leaves room for ZIP64 sizes in an extra field.
    local.writeUInt16LE(20, 28)
    const central = Buffer.alloc(46)
    central.writeUInt32LE(0x02014b50)
    central.writeUInt16LE(deflated ? 8 : 0, 10)
    central.writeUInt32LE(packed.length, 20)
    central.writeUInt32LE(claim(content.length), 24)
    central.writeUInt16LE(name.length, 28)
    central.writeUInt32LE(at, 42)
    parts.push(local, Buffer.from(name), Buffer.alloc(20), packed)
    directory.push(central, Buffer.from(name))
    at += 30 + name.length + 20 + packed.length
  }
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50)
  end.writeUInt16LE(Object.keys(files).length, 10)
  end.writeUInt32LE(at, 16)
  return Buffer.concat([...parts, ...directory, end])
}
