/** The provider's rules for credentials (docs/provider.md). */

/** Which credential a request carries, or why the real one would refuse it. */
export const credentialOf = (
  headers: Readonly<Record<string, unknown>>
): { readonly secret: string } | { readonly refused: string } => {
  const key = headers["x-api-key"]
  const bearer = /^Bearer (.*)$/i.exec(String(headers.authorization ?? ""))?.[1]
  const plain = typeof key === "string" ? key : undefined
  if (plain !== undefined && bearer !== undefined && plain !== bearer)
    return { refused: "two different credentials" }
  const secret = bearer ?? plain
  if (secret === undefined || secret === "") return { refused: "x-api-key header is required" }
  const betas = String(headers["anthropic-beta"] ?? "").split(",")
  if (
    bearer?.startsWith("sk-ant-oat") &&
    !betas.some((beta) => beta.trim() === "oauth-2025-04-20")
  ) {
    return { refused: "OAuth authentication is currently not supported." }
  }
  if (bearer === undefined && secret.startsWith("sk-ant-oat"))
    return { refused: "invalid x-api-key" }
  return { secret }
}
