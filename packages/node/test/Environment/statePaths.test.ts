import * as fs from "node:fs/promises"
import * as path from "node:path"
import { type Paths, shorten } from "@clawdbot/domain/Environment/StatePaths"
import * as StatePaths from "@clawdbot/node/Environment/statePaths"
import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { temporaryFolder } from "../Config/configFileTexts.ts"
import { onDisk } from "../onDisk.ts"

interface Row {
  readonly name: string
  readonly options: StatePaths.StatePathOptions
  readonly expected: Partial<Paths>
}

const rows: ReadonlyArray<Row> = [
  {
    name: "nothing set",
    options: {},
    expected: {
      stateDir: "/nowhere/me/.clawdbot",
      configPath: "/nowhere/me/.clawdbot/clawdbot.json",
      agentDirOverride: undefined,
      oauthDir: "/nowhere/me/.clawdbot/credentials",
      profileName: undefined
    }
  },
  {
    name: "--profile",
    options: { profile: "work" },
    expected: {
      stateDir: "/nowhere/me/.clawdbot-work",
      configPath: "/nowhere/me/.clawdbot-work/clawdbot.json",
      profileName: "work"
    }
  },
  {
    name: "--profile default",
    options: { profile: "default" },
    expected: { stateDir: "/nowhere/me/.clawdbot" }
  },
  {
    name: "--dev",
    options: { dev: true },
    expected: { stateDir: "/nowhere/me/.clawdbot-dev", profileName: "dev" }
  },
  {
    name: "CLAWDBOT_STATE_DIR goes before --profile",
    options: { profile: "work", env: { CLAWDBOT_STATE_DIR: " ~/st/ " } },
    expected: {
      stateDir: "/nowhere/me/st",
      configPath: "/nowhere/me/st/clawdbot.json",
      oauthDir: "/nowhere/me/st/credentials"
    }
  },
  {
    name: "CLAWDBOT_CONFIG_PATH, relative to the working folder",
    options: { env: { CLAWDBOT_CONFIG_PATH: "../c.json5" } },
    expected: { configPath: "/nowhere/c.json5", stateDir: "/nowhere/me/.clawdbot" }
  },
  {
    name: "CLAWDBOT_AGENT_DIR goes before PI_CODING_AGENT_DIR",
    options: { env: { CLAWDBOT_AGENT_DIR: "/a", PI_CODING_AGENT_DIR: "/b" } },
    expected: { agentDirOverride: "/a" }
  },
  {
    name: "a blank variable counts as none",
    options: {
      env: { CLAWDBOT_AGENT_DIR: " ", PI_CODING_AGENT_DIR: "~/b", CLAWDBOT_STATE_DIR: "" }
    },
    expected: { agentDirOverride: "/nowhere/me/b", stateDir: "/nowhere/me/.clawdbot" }
  },
  {
    name: "CLAWDBOT_OAUTH_DIR",
    options: { env: { CLAWDBOT_OAUTH_DIR: "/o" } },
    expected: { oauthDir: "/o" }
  }
]

describe("paths", () => {
  for (const { name, options, expected } of rows) {
    onDisk.effect(name, () =>
      Effect.gen(function* () {
        const paths = yield* StatePaths.make({
          workingFolder: "/nowhere/work",
          ...options,
          env: { HOME: "/nowhere/me", ...options.env }
        })
        for (const [key, value] of Object.entries(expected))
          assert.strictEqual(Reflect.get(paths, key), value, key)
      })
    )
  }

  const make = (env: Readonly<Record<string, string>>, userHome?: string) =>
    StatePaths.make({ env, workingFolder: "/work", userHome: () => userHome })

  onDisk.effect("no home folder is no trouble where the state folder is named", () =>
    Effect.gen(function* () {
      for (const HOME of [{}, { HOME: "" }, { HOME: " " }]) {
        const known = yield* make({ ...HOME, CLAWDBOT_STATE_DIR: "/srv/state" }, "/root")
        assert.deepStrictEqual([known.home, known.stateDir], ["/root", "/srv/state"])
        const unknown = yield* make({ ...HOME, CLAWDBOT_STATE_DIR: "state" })
        assert.deepStrictEqual(
          [unknown.home, unknown.stateDir, unknown.configPath],
          ["/work/state/home", "/work/state", "/work/state/clawdbot.json"]
        )
        assert.strictEqual(shorten(unknown, unknown.configPath), "/work/state/clawdbot.json")
      }
      const below = yield* make({ CLAWDBOT_STATE_DIR: "~/state" }, "/root")
      assert.strictEqual(below.stateDir, "/root/state")
    })
  )

  onDisk.effect("otherwise it is", () =>
    Effect.gen(function* () {
      for (const env of [{}, { HOME: " " }, { CLAWDBOT_STATE_DIR: "~/state" }]) {
        const refused = yield* Effect.flip(make(env))
        assert.strictEqual(refused._tag, "HomeMissing")
      }
      // Whose home the system knows is not guessed: a daemon would find somebody else's files.
      assert.strictEqual((yield* Effect.flip(make({}, "/root")))._tag, "HomeMissing")
    })
  )

  onDisk.effect("a bad profile name is told", () =>
    Effect.gen(function* () {
      for (const profile of ["", "a/b", "..", "a b"]) {
        assert.strictEqual(
          (yield* Effect.flip(StatePaths.make({ profile, env: { HOME: "/x" } })))._tag,
          "ProfileNameInvalid"
        )
      }
    })
  )

  onDisk.live(
    "the .env of the state folder may move the config, not the state folder; that of the " +
      "working folder nothing",
    () =>
      Effect.gen(function* () {
        const home = yield* temporaryFolder
        const state = path.join(home, ".clawdbot")
        yield* Effect.promise(async () => {
          await fs.mkdir(state)
          await fs.writeFile(
            path.join(state, ".env"),
            "CLAWDBOT_STATE_DIR=/evil\nCLAWDBOT_CONFIG_PATH=~/mine.json5\n"
          )
          await fs.writeFile(
            path.join(home, ".env"),
            "CLAWDBOT_STATE_DIR=/evil\nCLAWDBOT_AGENT_DIR=/evil\n"
          )
        })
        const paths = yield* StatePaths.make({ env: { HOME: home }, workingFolder: home })
        assert.strictEqual(paths.stateDir, state)
        assert.strictEqual(paths.configPath, path.join(home, "mine.json5"))
        assert.isUndefined(paths.agentDirOverride)
      }).pipe(Effect.scoped)
  )
})
