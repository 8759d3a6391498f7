/**
 * A process that asks for trials of twenty credentials of two agents, as often as it can: `node
 * worker.mjs HOME SECONDS`. Says of each one that it may send when that was decided, in epoch ms.
 */
import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import { HealthStore } from "@clawdbot/domain/Health/HealthStore"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as ConfigFile from "../../src/Config/ConfigFile.ts"
import * as ProcessEnvironment from "../../src/Environment/ProcessEnvironment.ts"
import * as StatePaths from "../../src/Environment/statePaths.ts"
import * as Disk from "../../src/File/Disk.ts"
import * as HealthFile from "../../src/Health/HealthFile.ts"

const [home = "", seconds = "0"] = process.argv.slice(2)

const layer = HealthFile.layerWatching.pipe(
  Layer.provideMerge(ConfigFile.layer),
  Layer.provideMerge(ProcessEnvironment.layer),
  Layer.provideMerge(StatePaths.layer({ env: { HOME: home } })),
  Layer.provide(Disk.layer)
)

const program = Effect.gen(function* () {
  const store = yield* HealthStore
  const end = (yield* Clock.currentTimeMillis) + Number(seconds) * 1_000
  for (let count = 0; (yield* Clock.currentTimeMillis) < end; count++) {
    const start = yield* store.beginTrial({
      agent: AgentId.normalize(count % 2 === 0 ? "main" : "bot"),
      profile: ProfileId.of(`anthropic:${(count * 7) % 20}`),
      secretFingerprint: "mark",
      obstacles: [
        {
          scope: "credential",
          until: 4_102_444_800_000,
          class: "rate_limit",
          source: "usageStats",
          observedAt: 0
        }
      ],
      kind: "request"
    })
    if (start._tag === "Begun") {
      process.stdout.write(`${start.trial.at}\n`)
      const { agent, profile } = {
        agent: AgentId.normalize(count % 2 === 0 ? "main" : "bot"),
        profile: ProfileId.of(`anthropic:${(count * 7) % 20}`)
      }
      const at = yield* Clock.currentTimeMillis
      store.note(agent, profile, "mark", { _tag: "TrialReleased", at, trial: start.trial })
    }
    // real time: a process of its own, which asks again and again as long as it lives.
    yield* Effect.sleep("2 millis")
  }
})

Effect.runFork(
  program.pipe(
    Effect.provide(layer),
    // What is logged must not stand between the times.
    Effect.provide(Logger.remove(Logger.defaultLogger))
  )
)
