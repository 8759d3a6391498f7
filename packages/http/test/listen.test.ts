import { readFileSync } from "node:fs"
import { createServer } from "node:http"
import { connect } from "node:net"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { listen } from "../src/listen.ts"

/** More than wait where nothing is said of it, fewer than a process may have open. */
const many = 700

/** How many the system lets wait; only Linux tells. */
const allowed = (): number => {
  try {
    return Number(readFileSync("/proc/sys/net/core/somaxconn", "utf8"))
  } catch {
    return 0
  }
}

describe("listen", () => {
  it.skipIf(allowed() < many)("accepts all clients that come at once", async () => {
    const server = createServer()
    const port = await Effect.runPromise(listen(server, "127.0.0.1", 0))
    let accepted = 0
    const sockets: Array<{ readonly destroy: () => unknown }> = []
    server.on("connection", (socket) => {
      accepted += 1
      sockets.push(socket)
    })
    for (let count = 0; count < many; count++)
      sockets.push(connect(port, "127.0.0.1").on("error", () => undefined))
    // Every turn accepts some of those that wait; whoever did not fit tries again a second later.
    for (let before = -1, idle = 0; idle < 20; idle = accepted === before ? idle + 1 : 0) {
      before = accepted
      await new Promise((resolve) => setImmediate(resolve))
    }
    for (const socket of sockets) socket.destroy()
    server.close()
    assert.strictEqual(accepted, many)
  })
})
