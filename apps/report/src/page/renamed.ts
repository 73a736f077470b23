/** The target of an address: a view by its id, and the reader's choices. */
export interface Place {
  readonly view: string
  readonly choices: URLSearchParams
}

/** Names of views in addresses from earlier versions of the report. */
const VIEWS: Readonly<Record<string, string>> = { overview: 'decision', sweep: 'cells' }
const WORKLOAD = 'workload-'

/** The place that an address from an earlier report leads to now. Other addresses stay unchanged. */
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
