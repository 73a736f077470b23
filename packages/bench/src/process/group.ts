/**
 * Kills a process and those that it started, where they are a group of processes; one that has ended already is no
 * fault.
 */
export function endGroup(leader: number): void {
  try {
    process.kill(process.platform === 'win32' ? leader : -leader, 'SIGKILL')
  } catch {
    // It has ended.
  }
}
