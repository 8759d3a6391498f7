/**
 * The connection to a token endpoint. A file of its own, so that the client is loaded when a login
 * is refreshed for the first time: imported by name here, because a bundle gives the names of such
 * a package to static imports alone.
 */
import { Agent, type Dispatcher, EnvHttpProxyAgent } from "undici"

/** The policy limits the whole; this only ends what hangs below it, in ms. */
const times = { connect: { timeout: 10_000 }, headersTimeout: 35_000, bodyTimeout: 35_000 }

/** One connection, closed by whoever asked for it. */
export const connect = (throughProxy: boolean): Dispatcher =>
  throughProxy ? new EnvHttpProxyAgent(times) : new Agent(times)
