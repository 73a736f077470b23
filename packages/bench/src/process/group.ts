/** Kills a process and its children, if they form a process group. A process that has already ended is no fault. */
export function endGroup(leader: number): void {
  try {
    process.kill(process.platform === 'win32' ? leader : -leader, 'SIGKILL')
  } catch {
    // The process has ended.
  }
}
