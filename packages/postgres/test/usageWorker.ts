/**
 * The ledger of one gateway in a process of its own: each line on stdin is how many requests it
 * counts. Bundled before it is run, because Node 20 reads no TypeScript.
 */
import * as readline from "node:readline"
import { UsageLedger } from "@clawdbot/domain/Usage/UsageLedger"
import * as Disk from "@clawdbot/node/File/Disk"
import * as ConfigMemory from "@clawdbot/testing/Config/ConfigMemory"
import * as EnvironmentMemory from "@clawdbot/testing/Environment/EnvironmentMemory"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as ConnectionUrl from "../src/connectionUrl.ts"
import * as Database from "../src/Database.ts"
import * as UsageLedgerPostgres from "../src/Usage/UsageLedgerPostgres.ts"

const options: { readonly url: string; readonly schema: string; readonly stateDir: string } =
  JSON.parse(process.argv[2] ?? "{}")

const connection = Either.getOrThrow(ConnectionUrl.check(Redacted.make(options.url), "the test"))

const program = Effect.gen(function* () {
  const ledger = yield* UsageLedger
  process.stdout.write("ready\n")
  const lines = readline.createInterface({ input: process.stdin })
  yield* Stream.fromAsyncIterable(lines, String).pipe(
    Stream.runForEach((line) =>
      Effect.sync(() => {
        for (let count = 0; count < Number(line); count++)
          ledger.record({
            at: Date.now(),
            agent: "main",
            profile: "anthropic:a",
            model: `m${count % 9}`,
            client: "",
            ttl: "",
            usage: undefined
          })
        process.stdout.write("[]\n")
      })
    )
  )
})

Effect.runFork(
  program.pipe(
    Effect.provide(
      UsageLedgerPostgres.layer.pipe(
        Layer.provide(
          Database.layer({ connection, schema: options.schema, poolSize: 4, pooler: "none" })
        ),
        Layer.provide(ConfigMemory.layer("{}")),
        Layer.provide(EnvironmentMemory.pathsLayer({ stateDir: options.stateDir })),
        Layer.provide(EnvironmentMemory.layer()),
        Layer.provide(Disk.layer)
      )
    ),
    Effect.provide(Logger.remove(Logger.defaultLogger)),
    Effect.scoped
  )
)
