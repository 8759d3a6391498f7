/**
 * Claude Code's login in the macOS Keychain, through the system's `security` program
 * (docs/formats.md, W-16, W-17): asynchronous and bounded; a secret goes in over stdin, never as an
 * argument; the item's own account is used, so that no second item is made.
 *
 * Not through `Command` of `@effect/platform`: whoever is interrupted there waits until the program
 * ends by itself after a `SIGTERM`, and its errors can be shown or gathered, but not dropped. A
 * program with an open dialog must be gone at once.
 */

import { spawn } from "node:child_process"
import { SharedLoginUnavailable } from "@clawdbot/domain/ClaudeCode/SharedLogin"
import { ifDefined } from "@clawdbot/domain/Document/defined"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { codeOf } from "../File/FileFailure.ts"
import type { LoginPlace, StoredText } from "./LoginPlace.ts"

/** The items Claude Code has used, newest first. */
const services = ["Claude Code-credentials", "Claude Code"] as const
/** `security -i` cuts a longer line without a word, and would store half a login. */
const maxLineBytes = 4_000
/** How much longer than today's a line with new tokens may become. */
const slack = 100
const maxOutputBytes = 1024 * 1024
/** Exit status of `security` when there is no such item (errSecItemNotFound). */
const notFound = 44

/**
 * How `security` is run. A person who is there may answer a dialog; in the background none may stay
 * open.
 */
export interface KeychainOptions {
  readonly command: string
  readonly timeoutMs: number
}

/**
 * In the background a dialog would have nobody to answer it: the program is ended before one gets
 * in anybody's way.
 */
export const background: KeychainOptions = { command: "security", timeoutMs: 5_000 }
/** A command that a person waits for. */
export const foreground: KeychainOptions = { command: "security", timeoutMs: 60_000 }

interface Ended {
  readonly status: number | undefined
  readonly stdout: string
}

const failed = (operation: "read" | "write", code: string) =>
  new SharedLoginUnavailable({ operation, place: "the macOS Keychain", code })

const run = (
  { command, timeoutMs }: KeychainOptions,
  operation: "read" | "write",
  args: ReadonlyArray<string>,
  input?: Redacted.Redacted
): Effect.Effect<Ended, SharedLoginUnavailable> =>
  Effect.async<Ended, SharedLoginUnavailable>((resume) => {
    const child = spawn(command, args, {
      stdio: ["pipe", "pipe", "ignore"],
      env: { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "" }
    })
    let stdout = ""
    child.stdout.setEncoding("utf8")
    child.stdout.on("data", (chunk: string) => {
      stdout += chunk
      if (stdout.length > maxOutputBytes) child.kill("SIGKILL")
    })
    child.stdin.on("error", () => undefined)
    child.on("error", (cause) => resume(Effect.fail(failed(operation, codeOf(cause)))))
    child.on("close", (status) => resume(Effect.succeed({ status: status ?? undefined, stdout })))
    child.stdin.end(ifDefined(input, Redacted.value))
    return Effect.sync(() => child.kill("SIGKILL"))
  }).pipe(
    Effect.timeoutFail({ duration: timeoutMs, onTimeout: () => failed(operation, "ETIMEDOUT") })
  )

/**
 * `"acct"<blob>="name"`, with quotes inside as they are, or `"acct"<blob>=0x6E616D65 "name"` where
 * it is not plain ASCII.
 */
const accountIn = (attributes: string): string | undefined => {
  const match = /"acct"<blob>=(?:0x([0-9A-F]+)\b.*|"(.*)")$/im.exec(attributes)
  if (match === null) return undefined
  const [, hex, plain] = match
  if (hex !== undefined) return Buffer.from(hex, "hex").toString("utf8")
  return plain
}

/** A password that is not plain ASCII is printed as hexadecimal digits. */
const passwordIn = (stdout: string): string => {
  const line = stdout.replace(/\n$/, "")
  if (/^([0-9a-f]{2})+$/i.test(line)) return Buffer.from(line, "hex").toString("utf8")
  return line
}

const quote = (text: string): string => `"${text.replace(/[\\"]/g, (sign) => `\\${sign}`)}"`

const lineFor = (service: string, account: string, text: string): string =>
  `add-generic-password -U -a ${quote(account)} -s ${quote(service)} -X ` +
  `${quote(Buffer.from(text, "utf8").toString("hex"))}\n`

/**
 * Whether there is an item at all. Its secret is not asked for, so nobody is ever asked for
 * permission.
 */
export const isInKeychain = (
  options: KeychainOptions
): Effect.Effect<Option.Option<true>, SharedLoginUnavailable> =>
  Effect.gen(function* () {
    for (const service of services) {
      const { status } = yield* run(options, "read", ["find-generic-password", "-s", service])
      if (status === 0) return Option.some(true)
    }
    return Option.none()
  })

/** The newest of Claude Code's items as a place. */
export const keychainLogin = (options: KeychainOptions): LoginPlace => {
  const readItem = (service: string) =>
    Effect.gen(function* () {
      const attributes = yield* run(options, "read", ["find-generic-password", "-s", service])
      if (attributes.status === notFound) return Option.none<StoredText>()
      const account = accountIn(attributes.stdout)
      if (attributes.status !== 0 || account === undefined || /[\r\n\0]/.test(account)) {
        return yield* failed("read", `status ${attributes.status ?? "unknown"}`)
      }
      const secret = yield* run(options, "read", [
        "find-generic-password",
        "-a",
        account,
        "-s",
        service,
        "-w"
      ])
      if (secret.status !== 0) return yield* failed("read", `status ${secret.status ?? "unknown"}`)
      const text = passwordIn(secret.stdout)
      const found: StoredText = {
        text: Redacted.make(text),
        canTake:
          lineFor(service, account, text).length + slack > maxLineBytes
            ? failed("write", "EMSGSIZE")
            : Effect.void,
        replace: (next, stillMine) => replaceItem(service, account, text, next, stillMine)
      }
      return Option.some(found)
    })

  const current = (service: string, account: string) =>
    Effect.map(
      run(options, "write", ["find-generic-password", "-a", account, "-s", service, "-w"]),
      ({ stdout }) => passwordIn(stdout)
    )

  const replaceItem = (
    service: string,
    account: string,
    before: string,
    next: Redacted.Redacted,
    stillMine: Parameters<StoredText["replace"]>[1]
  ) =>
    Effect.gen(function* () {
      const line = lineFor(service, account, Redacted.value(next))
      if (line.length > maxLineBytes) return yield* failed("write", "EMSGSIZE")
      if ((yield* current(service, account)) !== before) return yield* failed("write", "ECHANGED")
      yield* Effect.mapError(stillMine, ({ code }) => failed("write", code))
      const { status } = yield* run(options, "write", ["-i"], Redacted.make(line))
      // In this mode the status tells little: what is there now tells all.
      if ((yield* current(service, account)) !== Redacted.value(next)) {
        return yield* failed("write", `status ${status ?? "unknown"}`)
      }
    })

  return {
    name: "the macOS Keychain",
    read: Effect.gen(function* () {
      for (const service of services) {
        const found = yield* readItem(service)
        if (Option.isSome(found)) return found
      }
      return Option.none<StoredText>()
    })
  }
}
