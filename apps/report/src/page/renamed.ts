/** Where an address leads: a view by its id, and the reader's choices. */
export interface Place {
  readonly view: string
  readonly choices: URLSearchParams
}

/** Names of views in addresses that earlier reports made. */
const VIEWS: Readonly<Record<string, string>> = { overview: 'decision', sweep: 'cells' }
const WORKLOAD = 'workload-'

/** The place that an address of an earlier report leads to now; others stay as they are. */
export function renamed({ view, choices }: Place): Place {
  const now = new URLSearchParams(choices)
  const layers = now.get('layers')
  if (layers !== null) {
    now.delete('layers')
    now.set('workload', layers)
  }
  if (!view.startsWith(WORKLOAD)) return { view: VIEWS[view] ?? view, choices: now }
  now.set('workload', view.slice(WORKLOAD.length))
  return { view: 'workload', choices: now }
}
