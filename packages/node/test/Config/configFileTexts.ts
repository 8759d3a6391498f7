/** A fresh folder with config files, and the texts in it, for tests of the file store. */
import * as fs from "node:fs/promises"
import * as os from "node:os"
import * as path from "node:path"
import type { ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import type { Environment } from "@clawdbot/domain/Environment/Environment"
import type { StatePaths } from "@clawdbot/domain/Environment/StatePaths"
import { ConfigTexts } from "@clawdbot/testing/Config/ConfigMemory"
import type { ConfigSetup } from "@clawdbot/testing/Config/configStoreContract"
import * as EnvironmentMemory from "@clawdbot/testing/Environment/EnvironmentMemory"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Disk from "../../src/File/Disk.ts"

/** A folder that is gone after the test. */
export const temporaryFolder = Effect.acquireRelease(
  Effect.promise(() => fs.mkdtemp(path.join(os.tmpdir(), "clawdbot-config-"))),
  (folder) => Effect.promise(() => fs.rm(folder, { recursive: true, force: true }))
)

/** The store over files that say what `setup` says. */
export const inFolder = (
  store: Layer.Layer<ConfigStore, never, StatePaths | Environment | Disk.Disk>,
  setup: ConfigSetup
): Layer.Layer<ConfigStore | ConfigTexts | StatePaths> =>
  Layer.unwrapScoped(
    Effect.gen(function* () {
      const home = yield* temporaryFolder
      const stateDir = path.join(home, ".clawdbot")
      const configPath = path.join(stateDir, "clawdbot.json")
      const put = (text: string | undefined, name: string = configPath) =>
        Effect.promise(async () => {
          const file = path.resolve(stateDir, name)
          await fs.mkdir(path.dirname(file), { recursive: true })
          if (text === undefined) await fs.rm(file, { force: true })
          else {
            // Whole at once, as editors save: a watcher that reads between two parts of a write
            // would see a text nobody wrote.
            await fs.writeFile(`${file}.new`, text)
            await fs.rename(`${file}.new`, file)
          }
        })
      for (const [name, text] of Object.entries(setup.files ?? {})) yield* put(text, name)
      if (setup.text !== undefined) yield* put(setup.text)
      const paths = EnvironmentMemory.pathsLayer({
        home,
        workingFolder: home,
        stateDir,
        configPath
      })
      const texts = Layer.succeed(ConfigTexts, {
        get: (name = configPath) =>
          Effect.promise(() =>
            fs.readFile(path.resolve(stateDir, name), "utf8").catch(() => undefined)
          ),
        put
      })
      return Layer.mergeAll(store, texts).pipe(
        Layer.provideMerge(paths),
        Layer.provide(EnvironmentMemory.layer(setup.variables)),
        Layer.provide(Disk.layer)
      )
    })
  )
