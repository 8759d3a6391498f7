/** Who reads a config with older keys in silence, and who says so. */
import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import { ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import { HealthStore } from "@clawdbot/domain/Health/HealthStore"
import { KeptAside } from "@clawdbot/domain/Profile/KeptAside"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import { ProfileStore } from "@clawdbot/domain/Profile/ProfileStore"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { CommandServices } from "../src/CommandEffect.ts"
import * as Services from "../src/services.ts"
import { IoStreams } from "../src/terminal/IoStreams.ts"
import { noSpinner } from "../src/terminal/spinner.ts"
import { freshHome, put } from "./commandLine.ts"

type Reader = Effect.Effect<void, never, CommandServices>
const of = <A, E>(effect: Effect.Effect<A, E, CommandServices>): Reader =>
  Effect.asVoid(Effect.orDie(effect))

const { main } = AgentId
const config = Effect.flatMap(ConfigStore, ({ load }) => load)
const profile = ProfileId.of("anthropic:a")
/** Each with the lines that are said of the config. */
const readers: ReadonlyArray<readonly [name: string, reader: Reader, lines: number]> = [
  ["the profile store", of(Effect.flatMap(ProfileStore, ({ read }) => read(main))), 0],
  ["the health store", of(Effect.flatMap(HealthStore, ({ read }) => read(main))), 0],
  ["what is kept aside", of(Effect.flatMap(KeptAside, ({ find }) => find(main, profile))), 0],
  ["a command", of(config), 3],
  ["a command that asks twice", of(Effect.zip(config, config)), 3]
]

describe("a config with older keys", () => {
  for (const [name, reader, lines] of readers) {
    it.scopedLive(`is read by ${name} with ${lines} lines said of it`, () =>
      Effect.gen(function* () {
        const home = yield* freshHome
        yield* put(home, ".clawdbot/clawdbot.json", '{ agent: { model: "anthropic/claude-a" } }')
        const said: Array<unknown> = []
        yield* reader.pipe(
          Services.forCommand({ profile: undefined, dev: false }, "models", {
            env: { HOME: home, SHELL: "/bin/false" },
            workingFolder: home
          }),
          Effect.provideService(IoStreams, {
            stdout: () => Effect.void,
            stderr: (line) => Effect.sync(() => void said.push(line)),
            table: () => Effect.void,
            interactive: false,
            isTerminal: false,
            color: false,
            width: 80,
            problems: { color: false, width: undefined },
            redraw: () => Effect.void,
            spinner: noSpinner,
            readStdin: Effect.succeed("")
          })
        )
        assert.strictEqual(said.length, lines)
      })
    )
  }
})
