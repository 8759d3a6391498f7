/** The addresses by which other machines reach this one. */
import * as os from "node:os"
import * as Effect from "effect/Effect"

/** The IPv4 addresses of this machine's networks as they are now; loopback is not among them. */
export const networkAddresses: Effect.Effect<ReadonlyArray<string>> = Effect.sync(() =>
  Object.values(os.networkInterfaces()).flatMap((addresses = []) =>
    addresses
      .filter(({ family, internal }) => family === "IPv4" && !internal)
      .map(({ address }) => address)
  )
)
