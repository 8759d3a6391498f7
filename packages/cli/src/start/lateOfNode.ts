/**
 * Modules of Node that a start may ask for and mostly does not: a bundle asks for all of them
 * before it begins. With what it loads itself, one takes up to a quarter of a bare start.
 */
import type { Kind } from "./kinds.ts"

const named = (...ids: ReadonlyArray<string>): ReadonlySet<string> =>
  new Set(ids.map((id) => `node:${id}`))

const ofShort = named("child_process", "crypto", "http", "net", "zlib")
/** A gateway listens and hashes tokens at every start. */
const ofLarge = named("child_process", "dns/promises", "https", "zlib")

/** The module of that name; a late one is loaded once something of it is asked for. */
export const lateOfNode = (kind: Kind, load: (id: string) => object, id: string): object =>
  (kind === "short" ? ofShort : ofLarge).has(id)
    ? new Proxy(
        {},
        {
          get: (_, key) => Reflect.get(load(id), key),
          has: (_, key) => Reflect.has(load(id), key),
          ownKeys: () => Reflect.ownKeys(load(id)),
          // What a proxy's target does not have may only be told as what can be taken away again.
          getOwnPropertyDescriptor: (_, key) => {
            const descriptor = Reflect.getOwnPropertyDescriptor(load(id), key)
            return descriptor && { ...descriptor, configurable: true }
          }
        }
      )
    : load(id)
