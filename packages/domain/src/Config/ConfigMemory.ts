/** `ConfigStore` in memory: the same pipeline over texts instead of files. */

import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as PubSub from "effect/PubSub"
import * as Redacted from "effect/Redacted"
import * as Ref from "effect/Ref"
import * as Stream from "effect/Stream"
import { listOf } from "../Document/listIf.ts"
import { Environment } from "../Environment/Environment.ts"
import { StatePaths } from "../Environment/StatePaths.ts"
import { prepare } from "./ConfigChange.ts"
import type { ConfigInvalid, ConfigUnavailable } from "./ConfigError.ts"
import * as ConfigLoad from "./ConfigLoad.ts"
import { type ConfigEdit, type ConfigSnapshot, ConfigStore } from "./ConfigStore.ts"
import { target } from "./Include.ts"

/**
 * The texts behind the store, for a test that plays the person with an editor. `undefined`: there
 * is no such file.
 */
export class ConfigTexts extends Context.Tag("@clawdbot/domain/Config/ConfigMemory/ConfigTexts")<
  ConfigTexts,
  {
    readonly get: (path?: string) => Effect.Effect<string | undefined>
    readonly put: (text: string | undefined, path?: string) => Effect.Effect<void>
  }
>() {}

/** Other files, by path; relative ones start at the folder of the config. */
export interface ConfigMemoryOptions {
  readonly files?: Readonly<Record<string, string>>
}

/** The store and its texts. `text` is the main file's; `undefined` when there is none. */
export const layerWithTexts = (
  text: string | undefined,
  options: ConfigMemoryOptions = {}
): Layer.Layer<ConfigStore | ConfigTexts, never, StatePaths | Environment> =>
  Layer.effectContext(
    Effect.gen(function* () {
      const paths = yield* StatePaths
      const environment = yield* Environment
      const main = paths.configPath
      const at = (path: string): string => target(paths.home, main, path)
      const files = Object.entries(options.files ?? {}).map(
        ([path, content]) => [at(path), content] as const
      )
      const texts = yield* Ref.make(
        new Map([...files, ...listOf(text, (text) => [[main, text] as const])])
      )
      const published =
        yield* PubSub.sliding<Either.Either<ConfigSnapshot, ConfigInvalid | ConfigUnavailable>>(64)
      const permit = yield* Effect.makeSemaphore(1)

      const input = Effect.map(
        Ref.get(texts),
        (all): ConfigLoad.LoadInput => ({
          paths,
          text: all.get(main),
          readFile: (path) => {
            const found = all.get(path)
            if (found === undefined) return Effect.fail({ code: "ENOENT" })
            return Effect.succeed(found)
          },
          environment,
          caseInsensitive: false
        })
      )
      let known: ConfigSnapshot | undefined
      const load = Effect.map(Effect.flatMap(input, ConfigLoad.load), ({ snapshot }) => {
        known = snapshot
        return snapshot
      })
      const put = (next: string | undefined, path: string = main) =>
        Effect.gen(function* () {
          yield* Ref.update(texts, (all) => {
            const changed = new Map(all)
            if (next === undefined) changed.delete(at(path))
            else changed.set(at(path), next)
            return changed
          })
          known = undefined
          yield* PubSub.publish(published, yield* Effect.either(load))
        })

      const store = ConfigStore.of({
        load,
        edit: <E>(
          change: (snapshot: ConfigSnapshot) => Either.Either<ReadonlyArray<ConfigEdit>, E>,
          { dryRun = false }: { readonly dryRun?: boolean } = {}
        ) =>
          Effect.gen(function* () {
            const { before, after, changed } = yield* prepare(yield* input, change)
            if (changed && !dryRun) yield* put(after)
            return {
              path: main,
              changed,
              before: Redacted.make(before),
              after: Redacted.make(after)
            }
          }).pipe(permit.withPermits(1)),
        changes: Stream.fromPubSub(published),
        current: () => known
      })
      return Context.make(ConfigStore, store).pipe(
        Context.add(ConfigTexts, {
          get: (path = main) => Effect.map(Ref.get(texts), (all) => all.get(at(path))),
          put
        })
      )
    })
  )

/** The store alone. */
export const layer = (
  text: string | undefined,
  options: ConfigMemoryOptions = {}
): Layer.Layer<ConfigStore, never, StatePaths | Environment> => layerWithTexts(text, options)
