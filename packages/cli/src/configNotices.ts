/**
 * Notices about older config keys, once per run: that they still work, or were updated (decision
 * D18).
 */
import { type ConfigSnapshot, ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import * as Effect from "effect/Effect"
import * as Ref from "effect/Ref"
import { IoStreams } from "./terminal/IoStreams.ts"

/**
 * The config store of the commands, which prints the notices to standard error. A dry run shows the
 * change itself and prints none.
 */
export const make = Effect.gen(function* () {
  const store = yield* ConfigStore
  const io = yield* IoStreams
  const isPrinted = yield* Ref.make(false)
  const print = (migrations: ReadonlyArray<string>, what: string) =>
    Effect.gen(function* () {
      if (migrations.length === 0 || (yield* Ref.getAndSet(isPrinted, true))) return
      yield* io.stderr(`clawdbot: your config uses old key names, ${what}:`)
      for (const line of migrations) yield* io.stderr(`  ${line}`)
    })
  return ConfigStore.of({
    load: Effect.tap(store.load, ({ migrations }) =>
      print(migrations, "which still work (to update them: clawdbot config migrate)")
    ),
    edit: (change, options = {}) => {
      let seen: ReadonlyArray<string> = []
      const watched = (snapshot: ConfigSnapshot) => {
        seen = snapshot.migrations
        return change(snapshot)
      }
      const report = store.edit(watched, options)
      if (options.dryRun === true) return Effect.zipLeft(report, Ref.set(isPrinted, true))
      return Effect.tap(report, () => print(seen, "which were updated"))
    },
    changes: store.changes,
    current: store.current
  })
})
