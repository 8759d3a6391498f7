/**
 * What a person's login shell exports: `$SHELL -l -c "env -0"`, bounded in time and size
 * (docs/formats.md).
 */
import type { spawn } from "node:child_process"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"

/** More output than this is not an environment. */
const maxBytes = 2 * 1024 * 1024

/** How long the rest of the output may take once the shell itself is gone. */
const afterExitMs = 250

/** The shell's variables, or why there are none. */
export interface ShellAnswer {
  readonly variables: ReadonlyMap<string, Redacted.Redacted>
  readonly warning: Option.Option<string>
}

const none = (shell: string, why: string): ShellAnswer => ({
  variables: new Map(),
  warning: Option.some(`the login shell ${shell} ${why}; no variables are taken from it`)
})

const isName = (text: string): boolean => /^[A-Za-z_][A-Za-z0-9_]*$/.test(text)

/** NUL-separated `NAME=value`. What a profile script prints before the first one is dropped. */
export const parse = (output: string): ReadonlyMap<string, Redacted.Redacted> => {
  const found = new Map<string, Redacted.Redacted>()
  for (const entry of output.split("\0")) {
    const cut = entry.indexOf("=")
    const name = entry.slice(0, Math.max(cut, 0)).split("\n").at(-1) ?? ""
    if (cut > 0 && isName(name)) found.set(name, Redacted.make(entry.slice(cut + 1)))
  }
  return found
}

/**
 * Asks the shell once. A shell that hangs is killed with everything it started; nothing of it is
 * waited for.
 */
export const ask = (
  shell: string,
  env: Readonly<Record<string, string | undefined>>,
  timeoutMs: number
): Effect.Effect<ShellAnswer> =>
  Effect.flatMap(
    Effect.promise(() => import("node:child_process")),
    (processes) => askWith(processes.spawn, shell, env, timeoutMs)
  )

const askWith = (
  start: typeof spawn,
  shell: string,
  env: Readonly<Record<string, string | undefined>>,
  timeoutMs: number
): Effect.Effect<ShellAnswer> =>
  Effect.async<ShellAnswer>((resume) => {
    // A group of its own, so that what a profile script started ends with it.
    const child = start(shell, ["-l", "-c", "env -0"], {
      env: { ...env },
      stdio: ["ignore", "pipe", "ignore"],
      detached: process.platform !== "win32",
      windowsHide: true
    })
    const chunks: Array<Buffer> = []
    let size = 0
    const end = (answer: ShellAnswer | undefined): void => {
      clearTimeout(timer)
      child.removeAllListeners()
      child.on("error", () => undefined)
      child.stdout.destroy()
      if (child.exitCode === null && child.pid !== undefined) {
        try {
          process.kill(process.platform === "win32" ? child.pid : -child.pid, "SIGKILL")
        } catch {
          // It has just ended by itself.
        }
      }
      if (answer !== undefined) resume(Effect.succeed(answer))
    }
    let timer = setTimeout(
      () => end(none(shell, `did not respond within ${timeoutMs} ms`)),
      timeoutMs
    )
    child.on("error", (cause) =>
      end(
        none(shell, `could not be started (${"code" in cause ? String(cause.code) : cause.name})`)
      )
    )
    child.stdout.on("data", (chunk: Buffer) => {
      size += chunk.byteLength
      if (size > maxBytes) end(none(shell, "printed more than 2 MiB"))
      else chunks.push(chunk)
    })
    const ended = (code: number | null): void => {
      if (code === 0)
        return end({
          variables: parse(Buffer.concat(chunks).toString("utf8")),
          warning: Option.none()
        })
      return end(none(shell, `ended with status ${code ?? "unknown"}`))
    }
    child.on("close", ended)
    // A daemon that a profile script started may keep the pipe open; what the shell itself had to
    // say is there by then.
    child.on("exit", (code) => {
      clearTimeout(timer)
      timer = setTimeout(() => ended(code), afterExitMs)
    })
    return Effect.sync(() => end(undefined))
  })
