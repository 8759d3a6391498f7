/**
 * A process that adds profiles to a store, one change after the other: `node worker.mjs HOME NAME
 * COUNT`.
 */
import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import * as Credential from "@clawdbot/domain/Profile/Credential"
import * as ProfileDocument from "@clawdbot/domain/Profile/ProfileDocument"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import { ProfileStore } from "@clawdbot/domain/Profile/ProfileStore"
import * as ProviderId from "@clawdbot/domain/Profile/ProviderId"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as ConfigFile from "../../src/Config/ConfigFile.ts"
import * as ProcessEnvironment from "../../src/Environment/ProcessEnvironment.ts"
import * as StatePaths from "../../src/Environment/statePaths.ts"
import * as Disk from "../../src/File/Disk.ts"
import * as ProfileFile from "../../src/Profile/ProfileFile.ts"

const [home = "", name = "", count = "0"] = process.argv.slice(2)

const layer = ProfileFile.layer.pipe(
  Layer.provideMerge(ConfigFile.layer),
  Layer.provideMerge(ProcessEnvironment.layer),
  Layer.provideMerge(StatePaths.layer({ env: { HOME: home } })),
  Layer.provide(Disk.layer)
)

const program = Effect.gen(function* () {
  const store = yield* ProfileStore
  for (let index = 0; index < Number(count); index++) {
    yield* store.modify(AgentId.main, (document) =>
      Either.right({
        document: ProfileDocument.set(document, ProfileId.of(`anthropic:${name}-${index}`), {
          type: "api_key",
          provider: ProviderId.anthropic,
          key: Redacted.make(`secret-${name}-${index}`),
          extra: Credential.noExtra
        }),
        result: undefined
      })
    )
    process.stdout.write(`${name}-${index}\n`)
  }
})

void Effect.runPromise(Effect.provide(program, layer))
