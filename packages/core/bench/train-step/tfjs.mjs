export async function tfjsNets() {
  return []
}
