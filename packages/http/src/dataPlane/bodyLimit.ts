/** How large a request's body may be, by its route: as large as the provider takes it. */

const mebibyte = 1024 * 1024

/** Bodies up to this size, in bytes, are held until they are whole; so are all of messages. */
export const maxHeld = 32 * mebibyte

const batches = /^\/v1\/messages\/batches\/?(?:\?|$)/
const files = /^\/v1\/files\/?(?:\?|$)/

/** The limit of a route in bytes. `path` may have a query. */
export const bodyLimit = (method: string | undefined, path: string): number => {
  if (method !== "POST" || path === "/v1/messages") return maxHeld
  if (batches.test(path)) return 256 * mebibyte
  if (files.test(path)) return 500 * mebibyte
  return maxHeld
}

/** Whether a route takes bodies that are passed on while they arrive. */
export const takesUploads = (method: string | undefined, path: string): boolean =>
  bodyLimit(method, path) > maxHeld
