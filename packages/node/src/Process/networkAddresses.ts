/** The addresses by which other machines reach this one. */
import * as os from "node:os"
import * as Effect from "effect/Effect"

/** An address as the system lists it. */
type Listed = Pick<os.NetworkInterfaceInfo, "address" | "family" | "internal">

/**
 * Whether other machines can name it in a URL: link-local addresses of IPv6 want the name of an
 * interface beside them, which differs from machine to machine.
 */
const isReachable = ({ address, family, internal }: Listed): boolean =>
  !internal && !(family === "IPv6" && /^fe[89ab]/i.test(address))

/** Those of a list that other machines reach, those of IPv4 first. Pure. */
export const reachableOf = (listed: ReadonlyArray<Listed>): ReadonlyArray<string> =>
  listed
    .filter(isReachable)
    .toSorted((one, other) => one.family.localeCompare(other.family))
    .map(({ address }) => address)

/** The addresses of this machine's networks as they are now; loopback is not among them. */
export const networkAddresses: Effect.Effect<ReadonlyArray<string>> = Effect.sync(() =>
  reachableOf(Object.values(os.networkInterfaces()).flatMap((addresses = []) => addresses))
)
