/** What `clawdbot store migrate` does. Loaded only for that command. */
import * as Database from "@clawdbot/postgres/Database"
import * as Migrate from "@clawdbot/postgres/migrate"
import * as Effect from "effect/Effect"
import { NotOffered } from "../CliError.ts"
import { settingsHere } from "./settingsHere.ts"

/** Applies the missing migrations, or only names them, and gives what to say. */
export const migrateStore = Effect.fn("store.migrate")(function* (dryRun: boolean) {
  const found = yield* settingsHere
  if (found === undefined)
    return yield* new NotOffered({
      what: "credentials are kept in files on this machine; there is no shared store to migrate",
      instead: "to share credentials between machines, set up a store first (docs/scale.md)"
    })
  const { database } = found.settings
  const applied = yield* Effect.provide(Migrate.migrate({ dryRun }), Database.layer(database))
  const where = `schema "${database.schema}" of ${database.connection.where}`
  if (applied.length === 0) return [`The ${where} is up to date.`]
  const done = dryRun ? "Would apply" : "Applied"
  return applied.map(({ id, name }) => `${done} migration ${id} (${name}) to the ${where}.`)
})
