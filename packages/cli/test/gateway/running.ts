/** A gateway of a test's own: a process, or in the process of the test. */
import type { ChildProcess, ChildProcessWithoutNullStreams } from "node:child_process"
import * as fs from "node:fs"
import { keepInterruptions } from "@clawdbot/domain/Background/keepInterruptions"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { start } from "../clawdbot.ts"
import { type RunOptions, runHeard, writeDown } from "../commandLine.ts"

/** A gateway that listens. */
export interface ListeningGateway {
  readonly url: string
  readonly token: string
  /** Everything it has said so far. */
  readonly text: () => string
}

/** One that is a process. */
export interface RunningGateway extends ListeningGateway {
  readonly child: ChildProcess
}

/** Where it listens and its client token, once it has said all that it says at its start. */
const saidAtStart = (text: string) => {
  const address = /listening on (\S+)/.exec(text)?.[1]
  // One that listens on every interface is reached on loopback too.
  const url = address?.replace("0.0.0.0", "http://127.0.0.1")
  const token = /client token\s+(\S+)/.exec(text)?.[1]
  return url !== undefined && token !== undefined && text.includes("Ctrl-C")
    ? { url, token }
    : undefined
}

/**
 * The gateway of the command line in the process of the test, over the files of a home: for what a
 * gateway answers, says and stores. Ended with the scope, as SIGTERM ends the process of one.
 */
export const gatewayHere = (
  home: string,
  options: RunOptions & { readonly port?: string; readonly flags?: ReadonlyArray<string> } = {}
) =>
  Effect.gen(function* () {
    let text = ""
    const listening = yield* Deferred.make<ListeningGateway>()
    const hear = (more: string) => {
      text += more
      const said = saidAtStart(text)
      if (said !== undefined)
        Deferred.unsafeDone(listening, Effect.succeed({ ...said, text: () => text }))
    }
    const { flags = [], port = "0" } = options
    const argv = ["gateway", "--port", port, "--print-token", ...flags]
    yield* Effect.addFinalizer(() => Effect.sync(() => writeDown(argv, text)))
    const fiber = yield* Effect.zipRight(
      keepInterruptions,
      runHeard(home, argv, options, { stdout: hear, stderr: hear })
    ).pipe(Effect.forkScoped)
    const ended = Effect.flatMap(Fiber.join(fiber), (status) =>
      Effect.dieMessage(`the gateway ended with ${status}: ${text}`)
    )
    return yield* Effect.raceFirst(Deferred.await(listening), ended)
  })

/**
 * Starts one and waits until it listens; ended by its pid with the scope. `env` is what this
 * process alone knows.
 */
export const gateway = (
  folder: string,
  argv: ReadonlyArray<string> = [],
  env: Readonly<Record<string, string>> = {}
) => listening(() => start(folder, ["gateway", "--port", "0", "--print-token", ...argv], { env }))

/** The same with a process that is started otherwise. */
export const listening = (begin: () => ChildProcessWithoutNullStreams) =>
  Effect.acquireRelease(
    Effect.async<RunningGateway>((resume) => {
      const child = begin()
      let text = ""
      const look = (chunk: Buffer) => {
        text += chunk.toString()
        const said = saidAtStart(text)
        if (said !== undefined) resume(Effect.succeed({ ...said, text: () => text, child }))
      }
      child.stdout.on("data", look)
      child.stderr.on("data", look)
      child.on("exit", (code) =>
        resume(Effect.dieMessage(`the gateway ended with ${code}: ${text}`))
      )
    }),
    ({ child }) =>
      Effect.async<void>((resume) => {
        if (child.exitCode !== null || child.signalCode !== null) return resume(Effect.void)
        child.removeAllListeners("exit")
        child.on("exit", () => resume(Effect.void))
        child.kill("SIGTERM")
      })
  )

/**
 * A state folder with API keys `anthropic:k0`, `anthropic:k1` and so on, and where the provider is.
 */
export const writeState = (folder: string, upstream: string, keys: ReadonlyArray<string>) => {
  fs.mkdirSync(`${folder}/.clawdbot/agents/main/agent`, { recursive: true, mode: 0o700 })
  fs.writeFileSync(
    `${folder}/.clawdbot/clawdbot.json`,
    `{ models: { providers: { anthropic: { baseUrl: "${upstream}" } } } }\n`
  )
  fs.writeFileSync(
    `${folder}/.clawdbot/agents/main/agent/auth-profiles.json`,
    JSON.stringify({
      version: 1,
      profiles: Object.fromEntries(
        keys.map((key, index) => [
          `anthropic:k${index}`,
          { type: "api_key", provider: "anthropic", key }
        ])
      )
    }),
    { mode: 0o600 }
  )
}
