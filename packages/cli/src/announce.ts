/**
 * Tells once per run that older config keys were understood, and whether they are written down by
 * now (decision D18).
 */
import { type ConfigSnapshot, ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Ref from "effect/Ref"
import { Terminal } from "./terminal/Terminal.ts"

/**
 * The config store of the commands: the same one, that speaks on standard error. A dry run shows
 * the change itself and is silent.
 */
export const layer = Layer.effect(
  ConfigStore,
  Effect.gen(function* () {
    const store = yield* ConfigStore
    const terminal = yield* Terminal
    const told = yield* Ref.make(false)
    const tell = (migrations: ReadonlyArray<string>, what: string) =>
      Effect.gen(function* () {
        if (migrations.length === 0 || (yield* Ref.getAndSet(told, true))) return
        yield* terminal.say(`clawdbot: your config uses old key names, ${what}:`)
        for (const line of migrations) yield* terminal.say(`  ${line}`)
      })
    return ConfigStore.of({
      load: Effect.tap(store.load, ({ migrations }) =>
        tell(migrations, "which still work (to update them: clawdbot config migrate)")
      ),
      edit: (change, options = {}) => {
        let seen: ReadonlyArray<string> = []
        const watched = (snapshot: ConfigSnapshot) => {
          seen = snapshot.migrations
          return change(snapshot)
        }
        const report = store.edit(watched, options)
        if (options.dryRun === true) return Effect.zipLeft(report, Ref.set(told, true))
        return Effect.tap(report, () => tell(seen, "which were updated"))
      },
      changes: store.changes,
      current: store.current
    })
  })
)
