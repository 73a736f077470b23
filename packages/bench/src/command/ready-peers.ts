import { OctetError } from '@octet/core'
import { installPeers } from '../peers/install.ts'
import { choosePeers } from '../peers/team.ts'
import type { Reporter } from '../show/reporter.ts'

/**
 * Installs the peers of `--peers` and returns their ids. If that fails, the reporter says so and the list is empty.
 * @throws OctetError for an unknown peer.
 */
export async function readyPeers(
  wanted: string | true | undefined,
  reporter: Reporter,
): Promise<readonly string[]> {
  if (wanted === undefined) return []
  const peers = choosePeers(wanted === true ? 'all' : wanted)
  try {
    await installPeers(() => reporter.note('installing the peers, about 500 MB'))
    return peers.map(({ id }) => id)
  } catch (error) {
    if (!(error instanceof OctetError)) throw error
    reporter.log(`no peers: ${error.message}. ${error.mend ?? ''}`)
    return []
  }
}
