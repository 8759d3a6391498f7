/**
 * Which parts of a config hold secrets, judged by name and look, for everything that is shown to a
 * person.
 */
import type { KeyPath } from "@clawdbot/json5-edit/KeyPath"

const secretName =
  /api_?-?key|token|password|passphrase|secret|authorization|credential|cookie|_key$/i

/** Keys of plain settings whose name only looks like a secret's. */
const harmless = /^(maxTokens|tokens|contextTokens|.*Tokens|tokenUrl)$/

/** Whether a key's value is a secret by the key's name. */
export const isSecretName = (name: string): boolean => secretName.test(name) && !harmless.test(name)

/** The address of a database may hold its password. */
const isDatabaseUrl = ([section, key]: KeyPath): boolean =>
  section === "store" && (key === "url" || key === "listenUrl")

/**
 * Whether the value at a path may be a secret: by a name on the way, anything under `env`,
 * headers, and the address of a database.
 */
export const isSecretPath = (path: KeyPath): boolean =>
  (path[0] === "env" && path[1] !== "shellEnv" && path.length > 1) ||
  isDatabaseUrl(path) ||
  path.some((step) => typeof step === "string" && (isSecretName(step) || step === "headers"))

/** Whether a text looks like a key or token whatever its name is. */
export const looksSecret = (text: string): boolean =>
  /sk-[A-Za-z0-9]|\bcbt_[\w-]{16}|Bearer\s|-----BEGIN|xox[a-z]-|ghp_|AIza/.test(text)

/** An address with a password in it: `scheme://user:password@host`. */
const urlWithPassword = /:\/\/[^\s/:@"']*:[^\s/@"']+@/

/** Whether a line of a config may be shown. */
export const isLineShown = (line: string): boolean =>
  !looksSecret(line) &&
  !urlWithPassword.test(line) &&
  ![...line.matchAll(/["']?([A-Za-z_$][\w$-]*)["']?\s*:/g)].some(
    ([, name]) => name !== undefined && isSecretName(name)
  )

/** A path without keys that look like secrets themselves, as after a paste in the wrong place. */
export const shownPath = (path: KeyPath): KeyPath =>
  path.map((step) => (typeof step === "string" && looksSecret(step) ? "<hidden>" : step))
