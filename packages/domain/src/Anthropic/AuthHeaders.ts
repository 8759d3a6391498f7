/**
 * The one place where a credential becomes request headers (decisions D3 and D4; anthropic-protocol.md §1.1). An API key goes out as
 * `x-api-key`, everything else as a bearer with the OAuth beta. Never a user agent or any other sign of another program.
 */
import * as Redacted from "effect/Redacted"
import type { CredentialUse } from "../Auth/CredentialUse.ts"
import * as Betas from "./Betas.ts"

/** The header that carries the credential. */
export const authorization = (
  use: Pick<CredentialUse, "kind" | "secret">
): Redacted.Redacted<readonly [string, string]> =>
  use.kind === "api_key"
    ? Redacted.make(["x-api-key", Redacted.value(use.secret).trim()])
    : Redacted.make(["authorization", `Bearer ${Redacted.value(use.secret).trim()}`])

/** The betas a credential needs or is promised (S5), merged into those that are there already. */
export const betas = (kind: CredentialUse["kind"], present: ReadonlyArray<string>): string =>
  Betas.merge(present, [kind === "api_key" ? Betas.extendedCacheTtl : Betas.oauth])

/** Client headers that must never leave: another credential beside ours would be refused, and it is not ours to give. */
export const clientCredentialHeaders: ReadonlySet<string> = new Set([
  "authorization",
  "x-api-key",
  "cookie",
  "proxy-authorization"
])
