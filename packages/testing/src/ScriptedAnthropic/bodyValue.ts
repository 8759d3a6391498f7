/**
 * A request's body as JSON. Scripts and workspaces both ask, some of them for bodies of many
 * megabytes: each is read once.
 */
const known = new WeakMap<Buffer, { readonly value: unknown }>()

const closing = new Map([
  [0x7b, 0x7d],
  [0x5b, 0x5d]
])
const isPrinted = (byte: number): boolean => byte > 0x20

/** An object or a list that does not end with what closes it is no JSON, however it is decoded. */
const isOpen = (body: Buffer): boolean => {
  const end = closing.get(body.find(isPrinted) ?? 0)
  return end !== undefined && body.findLast(isPrinted) !== end
}

const read = (body: Buffer): unknown => {
  if (isOpen(body)) return undefined
  try {
    return JSON.parse(body.toString("utf8"))
  } catch {
    return undefined
  }
}

/** The value of a body; undefined where it is no JSON. */
export const bodyValue = (body: Buffer): unknown => {
  const found = known.get(body)
  if (found !== undefined) return found.value
  const value = read(body)
  known.set(body, { value })
  return value
}
