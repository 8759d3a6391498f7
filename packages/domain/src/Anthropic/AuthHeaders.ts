/**
 * The one place where a credential becomes request headers (decisions D3 and D4;
 * docs/provider.md). An API key goes out as `x-api-key`, everything else as a bearer with
 * the OAuth beta. Never a user agent or any other sign of another program.
 */
import * as Redacted from "effect/Redacted"
import type { CredentialUse } from "../Auth/CredentialUse.ts"
import { boundedMemo } from "../Bounded/boundedMemo.ts"
import * as Betas from "./Betas.ts"

type Header = Redacted.Redacted<readonly [string, string]>

const keys = new WeakMap<Redacted.Redacted, Header>()
const bearers = new WeakMap<Redacted.Redacted, Header>()

/** The header that carries the credential; made once for each secret object. */
export const authorization = ({ kind, secret }: Pick<CredentialUse, "kind" | "secret">): Header => {
  const made = kind === "api_key" ? keys : bearers
  const known = made.get(secret)
  if (known !== undefined) return known
  const text = Redacted.value(secret).trim()
  const header: Header = Redacted.make(
    kind === "api_key" ? ["x-api-key", text] : ["authorization", `Bearer ${text}`]
  )
  made.set(secret, header)
  return header
}

/**
 * A client's lists of betas, one a line, with the added one. Clients send the same by the thousand.
 */
const merged = (added: string) => boundedMemo((lists) => Betas.merge(lists.split("\n"), [added]))
const withCacheTtl = merged(Betas.extendedCacheTtl)
const withOAuth = merged(Betas.oauth)

/** The betas a credential needs or is promised (S5), merged into those that are there already. */
export const betas = (kind: CredentialUse["kind"], present: ReadonlyArray<string>): string => {
  if (present.length === 0) {
    if (kind === "api_key") return Betas.extendedCacheTtl
    return Betas.oauth
  }
  const lists = present.join("\n")
  if (kind === "api_key") return withCacheTtl(lists)
  return withOAuth(lists)
}

/**
 * Client headers that must never leave: another credential beside ours would be refused, and it is
 * not ours to give.
 */
export const clientCredentialHeaders: ReadonlySet<string> = new Set([
  "authorization",
  "x-api-key",
  "cookie",
  "proxy-authorization"
])
