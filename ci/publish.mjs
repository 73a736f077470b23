// Publishes each tarball of a folder that the registry does not have yet: node ci/publish.mjs FOLDER. It installs and
// builds nothing. On GitHub, npm gets its right to publish from the workflow (trusted publishing) and adds provenance.
import { execFileSync, spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'

/** The host in the manifests until the owner of the project names the repository. */
const NOWHERE = 'octet.invalid'

const folder = process.argv[2]
const tarballs = readdirSync(folder)
  .filter((file) => file.endsWith('.tgz'))
  .toSorted()
  .map((file) => {
    const path = join(folder, file)
    const manifest = execFileSync('tar', ['-xzOf', path, 'package/package.json'], { encoding: 'utf8' })
    return { path, manifest: JSON.parse(manifest) }
  })
if (tarballs.length === 0) throw new Error(`${folder} holds no tarball: run node ci/pack.mjs ${folder} first`)
// All tarballs are checked before the first is published, because a publication cannot be undone.
for (const { manifest } of tarballs)
  if (String(manifest.repository?.url).includes(NOWHERE))
    throw new Error(
      `${manifest.name}: the field repository leads nowhere (${NOWHERE}): set it in each package.json`,
    )
for (const { path, manifest } of tarballs) {
  const release = `${manifest.name}@${manifest.version}`
  if (isPublished(release)) {
    console.log(`${release} is on the registry`)
    continue
  }
  execFileSync('npm', ['publish', path, '--access', 'public', '--loglevel', 'warn'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  console.log(`${release} is published`)
}

function isPublished(/** @type {string} */ release) {
  const { status, stdout, stderr } = spawnSync('npm', ['view', release, 'version'], { encoding: 'utf8' })
  if (status === 0) return stdout.trim() !== ''
  if (/\bE404\b/.test(stderr)) return false
  throw new Error(`the registry does not say whether it has ${release}: ${stderr}`)
}
