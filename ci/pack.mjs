// Packs every package of this built checkout that may be published: node ci/pack.mjs OUT. OUT gets their tarballs.
import { mkdirSync } from 'node:fs'
import { packAll } from './release/pack.mjs'

const out = process.argv[2]
mkdirSync(out, { recursive: true })
for (const [name, tarball] of packAll(out)) console.log(`${name}: ${tarball}`)
