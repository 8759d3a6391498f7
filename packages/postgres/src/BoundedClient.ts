/**
 * A `pg.Client` that never waits for ever: `pg` itself does not notice a connection whose other end
 * is gone without a word (a network that was cut, a server that was unplugged), and every statement
 * on it would hang. Here a statement without an answer ends its connection.
 */
import * as net from "node:net"
import pg from "pg"

/** A statement that takes longer than this loses its connection, in ms. */
const longestStatementMs = 6_000

/** Codes that the system would give, for errors of connections that we close. */
const timedOut = () =>
  Object.assign(new Error("the database does not respond"), { code: "ETIMEDOUT" })

/** The client; its class is given to a pool as well. */
export class BoundedClient extends pg.Client {
  private readonly socket: net.Socket
  private timer: NodeJS.Timeout | undefined

  constructor(config: pg.ClientConfig = {}) {
    const socket = new net.Socket()
    socket.setNoDelay(true)
    super({ ...config, stream: () => socket })
    this.socket = socket
    const rest = () => {
      clearTimeout(this.timer)
      this.timer = undefined
    }
    this.on("drain", rest)
    this.on("end", rest)
    // Whoever uses the connection hears of its end by the statement that fails.
    this.on("error", rest)
    const query = this.query.bind(this)
    Object.defineProperty(this, "query", {
      value: (...given: Parameters<typeof query>) => {
        this.timer ??= setTimeout(() => this.socket.destroy(timedOut()), longestStatementMs)
        return query(...given)
      }
    })
  }

  /** Ends the connection without a word to the server. */
  cut(): void {
    this.socket.destroy(timedOut())
  }
}
