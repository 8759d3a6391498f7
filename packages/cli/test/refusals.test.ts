/**
 * Refusals and their cures: each says what is wrong, where, and what to do; what it says is done,
 * and the same command then succeeds. Cures that need a gateway, a mount or a token endpoint are
 * carried out where those are (`gateway/`, `mounted.test.ts`, `oauth/`).
 */
import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { planted } from "./clawdbot.ts"
import { freshHome, put, type Ran, run } from "./commandLine.ts"

const config = ".clawdbot/clawdbot.json"
const store = ".clawdbot/agents/main/agent/auth-profiles.json"
const setupToken = `sk-ant-oat01-${"T".repeat(95)}`
const paste = ["models", "auth", "paste-token", "--provider", "anthropic"]
const status = ["models", "status"]

interface Command {
  readonly argv: ReadonlyArray<string>
  readonly stdin?: string
}

interface Row {
  readonly name: string
  readonly given?: (home: string) => Effect.Effect<unknown>
  readonly asked: Command
  /** What is said: the fault, its place, and the cure. */
  readonly said: ReadonlyArray<string>
  /** Does what is said; gives the command to run then, where it is another one. */
  readonly cure: (home: string, refused: Ran) => Effect.Effect<Command | undefined>
}

/** The command behind `fix:`, as it would be pasted. */
const fixOf = ({ stderr }: Ran): ReadonlyArray<string> =>
  (/fix: clawdbot (.*)/.exec(stderr)?.[1] ?? "").split(" ").map((word) => word.replaceAll("'", ""))

const bytes = (home: string, name: string, content: Uint8Array) =>
  Effect.sync(() => fs.writeFileSync(`${home}/${name}`, content))

const rows: ReadonlyArray<Row> = [
  {
    name: "an id that is another agent's credential of another kind",
    given: (home) =>
      Effect.zipRight(
        put(home, config, '{ "agents": { "list": [{ "id": "main" }, { "id": "work" }] } }'),
        run(home, [...paste, "--profile-id", "anthropic:x"], { stdin: planted.apiKey })
      ),
    asked: {
      argv: [...paste, "--agent", "work", "--profile-id", "anthropic:x"],
      stdin: setupToken
    },
    said: [
      "agent main uses the id anthropic:x for another type of credential",
      "fix: name another"
    ],
    cure: (_home, { stderr }) =>
      Effect.succeed({
        argv: [
          ...paste,
          "--agent",
          "work",
          "--profile-id",
          /such as (\S+)/.exec(stderr)?.[1] ?? ""
        ],
        stdin: setupToken
      })
  },
  {
    name: "a key with a character that cannot be sent",
    asked: {
      argv: paste,
      stdin: `${planted.apiKey.slice(0, 30)}\u200b${planted.apiKey.slice(30)}`
    },
    said: ["cannot be sent", "tr -cd '!-~'"],
    cure: () => {
      const input = `${planted.apiKey.slice(0, 30)}\u200b${planted.apiKey.slice(30)}`
      const { stdout } = spawnSync("sh", ["-c", "tr -cd '!-~'"], { input, encoding: "utf8" })
      return Effect.succeed({ argv: paste, stdin: stdout })
    }
  },
  {
    name: "a placeholder",
    asked: { argv: ["onboard", "--anthropic-api-key", "-"], stdin: "sk-ant-..." },
    said: ["placeholder", "an API key starts with sk-ant-api03-"],
    cure: () =>
      Effect.succeed({ argv: ["onboard", "--anthropic-api-key", "-"], stdin: planted.apiKey })
  },
  {
    name: "a key of the config that is near another one",
    given: (home) => put(home, config, '{ "gateway": { "port": 19000 } }'),
    asked: { argv: ["config", "get", "gateway.prot"] },
    said: ["gateway.prot", "fix: clawdbot config get gateway.port"],
    cure: (_home, refused) => Effect.succeed({ argv: fixOf(refused) })
  },
  {
    name: "a key of the config that is not set",
    asked: { argv: ["config", "get", "gateway.remote.url"] },
    said: ["gateway.remote.url", "fix: clawdbot config set gateway.remote.url VALUE"],
    cure: (home, refused) =>
      Effect.as(
        run(
          home,
          fixOf(refused).map((word) => (word === "VALUE" ? "ws://x:1" : word))
        ),
        undefined
      )
  },
  {
    name: "a config that is UTF-16",
    given: (home) =>
      Effect.zipRight(
        put(home, config, ""),
        bytes(home, config, Buffer.from('\ufeff{ "gateway": {} }', "utf16le"))
      ),
    asked: { argv: status },
    said: ["clawdbot.json", "UTF-16", "as UTF-8"],
    cure: (home) => Effect.as(put(home, config, '\ufeff{ "gateway": {} }'), undefined)
  },
  {
    name: "a config that is a folder",
    given: (home) =>
      Effect.sync(() => fs.mkdirSync(`${home}/${config}`, { recursive: true, mode: 0o700 })),
    asked: { argv: status },
    said: ["clawdbot.json", "with a regular file", "or remove it"],
    cure: (home) =>
      Effect.as(
        Effect.sync(() => fs.rmdirSync(`${home}/${config}`)),
        undefined
      )
  },
  {
    name: "a config that is too large",
    given: (home) => put(home, config, `{ "x": "${"x".repeat(1_100_000)}" }`),
    asked: { argv: status },
    said: ["clawdbot.json", "larger than", "replace it with a good copy"],
    cure: (home) => Effect.as(put(home, config, "{}"), undefined)
  },
  {
    name: "a store that is not UTF-8",
    given: (home) =>
      Effect.zipRight(put(home, store, ""), bytes(home, store, Buffer.from([0x7b, 0xff, 0x7d]))),
    asked: { argv: [...status, "--check"] },
    said: ["auth-profiles.json", "UTF-8"],
    cure: (home) =>
      Effect.as(
        put(
          home,
          store,
          `{"version":1,"profiles":{"anthropic:a":{"type":"api_key","provider":"anthropic","key":"${planted.apiKey}"}}}`
        ),
        undefined
      )
  },
  {
    name: "a folder where what is logged out would be kept",
    given: (home) =>
      Effect.zipRight(
        run(home, paste, { stdin: planted.apiKey }),
        Effect.sync(() => {
          const name = `${home}/${store}.logged-out-anthropic%3Amanual`
          fs.mkdirSync(name)
        })
      ),
    asked: { argv: ["models", "auth", "logout", "anthropic:manual"] },
    said: ["logged-out-", "with a regular file", "nothing was removed from the store"],
    cure: (_home, { stderr }) =>
      Effect.sync(() => {
        fs.rmdirSync(/replace (\S+) with a regular file/.exec(stderr)?.[1] ?? "")
        return undefined
      })
  },
  {
    name: "a time to live that the provider does not have",
    given: (home) =>
      put(
        home,
        config,
        '{ "agents": { "defaults": { "models": { "anthropic/claude-opus-4-5": { "params": { ' +
          '"cacheControlTtl": "10m" } } } } } }'
      ),
    asked: { argv: status },
    said: ["cacheControlTtl", '"5m"'],
    cure: (home) =>
      Effect.as(
        put(
          home,
          config,
          '{ "agents": { "defaults": { "models": { "anthropic/claude-opus-4-5": { "params": ' +
            '{ "cacheControlTtl": "5m" } } } } } }'
        ),
        undefined
      )
  },
  {
    name: "a variable that is not set",
    given: (home) => put(home, config, `{ "logging": { "file": "\${LOG_FILE}" } }`),
    asked: { argv: status },
    said: ["LOG_FILE", "/.env", `$\${LOG_FILE}`],
    cure: (home) => Effect.as(put(home, ".clawdbot/.env", "LOG_FILE=/tmp/x\n"), undefined)
  },
  {
    name: "the same, meant as plain text",
    given: (home) => put(home, config, `{ "logging": { "file": "\${LOG_FILE}" } }`),
    asked: { argv: status },
    said: [`for the literal text write $\${LOG_FILE}`],
    cure: (home) =>
      Effect.as(put(home, config, `{ "logging": { "file": "$\${LOG_FILE}" } }`), undefined)
  },
  {
    name: "agents that share a folder",
    given: (home) =>
      put(
        home,
        config,
        '{ "agents": { "list": [{ "id": "a", "agentDir": "~/x" }, { "id": "b", "agentDir": ' +
          '"~/x" }] } }'
      ),
    asked: { argv: status },
    said: ['the agents "a" and "b" share the folder', '"agentDir"', '"inheritFrom"'],
    cure: (home) =>
      Effect.as(
        put(
          home,
          config,
          '{ "agents": { "list": [{ "id": "a", "agentDir": "~/x" }, { "id": "b", "auth": { ' +
            '"inheritFrom": "a" } }] } }'
        ),
        undefined
      )
  }
]

const perform = (home: string, { argv, stdin }: Command) =>
  run(home, argv, stdin === undefined ? {} : { stdin })

describe("a refusal's cure works", () => {
  for (const { asked, cure, given, name, said } of rows) {
    it.scopedLive(name, () =>
      Effect.gen(function* () {
        const home = yield* freshHome
        if (given !== undefined) yield* given(home)
        const refused = yield* perform(home, asked)
        assert.isAbove(refused.status, 0, refused.stdout)
        for (const words of said) assert.include(refused.stderr, words)
        const then = yield* cure(home, {
          ...refused,
          stderr: refused.stderr.replaceAll("HOME", home)
        })
        const done = yield* perform(home, then ?? asked)
        assert.strictEqual(done.status, 0, done.stderr)
      })
    )
  }
})
