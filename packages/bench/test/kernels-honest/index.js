// The reference under another id.
import { openReference } from '@octet/core'

export default {
  id: 'honest',
  contract: 1,
  open: async () => {
    const device = openReference()
    return Object.assign(Object.create(device), { info: { ...device.info, id: 'host', name: 'a host' } })
  },
}
