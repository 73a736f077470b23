import { OctetError } from '@octet/core'
import { installPeers } from '../peers/install.ts'
import { choosePeers } from '../peers/team.ts'
import { tell } from '../show/tell.ts'

/**
 * Ids of the peers that `--peers` asks for, installed: none where that fails, which stderr says.
 * @throws OctetError for a peer that is not known.
 */
export async function readyPeers(wanted: string | true | undefined): Promise<readonly string[]> {
  if (wanted === undefined) return []
  const peers = choosePeers(wanted === true ? 'all' : wanted)
  try {
    await installPeers(() => tell('installing the peers, about 500 MB'))
    return peers.map(({ id }) => id)
  } catch (error) {
    if (!(error instanceof OctetError)) throw error
    tell(`no peers: ${error.message}. ${error.mend ?? ''}`)
    return []
  }
}
