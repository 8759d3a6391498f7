/**
 * A home with credentials in it, made anew for every run, and a provider that refuses everything.
 */
import * as fs from "node:fs"
import { createServer } from "node:http"
import * as os from "node:os"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { planted } from "./said.ts"

/** The folder, where its provider is, and how it is filled. */
export interface Home {
  readonly folder: string
  readonly url: string
  /** Removes everything and writes these files, named from the folder. */
  readonly fill: (files: Readonly<Record<string, string>>) => void
}

const refusing = Effect.acquireRelease(
  Effect.async<{ readonly url: string; readonly close: () => void }>((resume) => {
    const server = createServer((request, response) => {
      request.resume()
      response.writeHead(401, { "content-type": "application/json", connection: "close" })
      response.end('{"type":"error","error":{"type":"authentication_error","message":"no"}}')
    })
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      const port = typeof address === "object" && address !== null ? address.port : 0
      resume(
        Effect.succeed({
          url: `http://127.0.0.1:${port}`,
          close: () => {
            server.closeAllConnections()
            server.close()
          }
        })
      )
    })
  }),
  ({ close }) => Effect.sync(close)
)

/** A home for as long as a scope lasts. */
export const home: Effect.Effect<Home, never, Scope.Scope> = Effect.gen(function* () {
  const { url } = yield* refusing
  const folder = yield* Effect.acquireRelease(
    Effect.sync(() => fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "clawdbot-fuzz-")))),
    (made) => Effect.sync(() => fs.rmSync(made, { recursive: true, force: true }))
  )
  const fill = (files: Readonly<Record<string, string>>): void => {
    for (const name of fs.readdirSync(folder))
      fs.rmSync(path.join(folder, name), { recursive: true, force: true })
    for (const [name, text] of Object.entries(files)) {
      const file = path.join(folder, name)
      fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 })
      fs.writeFileSync(file, text, { mode: 0o600 })
    }
  }
  return { folder, url, fill }
})

/** The agent's store and what is in it. */
export const storeFile = ".clawdbot/agents/main/agent/auth-profiles.json"
export const configFile = ".clawdbot/clawdbot.json"

/** A store with every kind of credential, each with a field that no version knows. */
export const storeText = JSON.stringify({
  version: 1,
  profiles: {
    "anthropic:key": { type: "api_key", provider: "anthropic", key: planted.key, kept: 1 },
    "anthropic:login": {
      type: "oauth",
      provider: "anthropic",
      access: planted.access,
      refresh: planted.refresh,
      expires: 4_000_000_000_000,
      email: "me@example.org",
      kept: 1
    },
    "x:reference": { type: "api_key", provider: "openai", key: { env: "K" }, kept: 1 }
  },
  order: { anthropic: ["anthropic:key", "anthropic:login"] },
  kept: { deep: [1] }
})
