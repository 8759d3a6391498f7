import { type Json, oddValues, replacedAnywhere } from "@clawdbot/testing/Fuzz/mutate"
import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import * as ErrorEnvelope from "../../src/Anthropic/ErrorEnvelope.ts"
import * as credentialsDocument from "../../src/ClaudeCode/credentialsDocument.ts"
import { ClientTokens } from "../../src/Client/ClientTokens.ts"
import * as Config from "../../src/Config/Config.ts"
import * as HealthDocument from "../../src/Health/HealthDocument.ts"
import * as JournalEntry from "../../src/OAuth/JournalEntry.ts"
import { readAnswer } from "../../src/OAuth/tokenAnswer.ts"
import * as LoggedOut from "../../src/Profile/LoggedOut.ts"
import { fromAuthJson, fromOAuthJson } from "../../src/Profile/legacy/legacyImport.ts"
import * as ProfileDocument from "../../src/Profile/ProfileDocument.ts"
import * as UsageCell from "../../src/Usage/UsageCell.ts"

interface Reader {
  readonly samples: ReadonlyArray<Json>
  readonly read: (value: Json) => unknown
}

const login = {
  type: "oauth",
  provider: "anthropic",
  access: "a",
  refresh: "r",
  expires: 1,
  email: "e"
} as const
const key = { type: "api_key", provider: "anthropic", key: "k" } as const

/** Everything that reads documents which others write too. */
const readers: Readonly<Record<string, Reader>> = {
  "a profile store": {
    samples: [
      {
        version: 1,
        profiles: { a: key, b: login, c: { type: "token", provider: "anthropic", token: "t" } },
        order: { anthropic: ["a"] },
        lastGood: { anthropic: "a" },
        usageStats: { a: { cooldownUntil: 1, errorCount: 1, lastUsed: 1 } }
      }
    ],
    read: ProfileDocument.decode
  },
  health: {
    samples: [
      {
        version: 1,
        profiles: {
          a: {
            secretFingerprint: "f",
            needsLogin: { since: 1, cause: "revoked" },
            ladder: { count: 1, lastFailureAt: 1, byClass: { auth: 1 } },
            windows: [
              {
                scope: "credential",
                until: 1,
                class: "auth",
                source: "retry-after",
                observedAt: 1
              }
            ],
            trials: [{ scope: "credential", at: 1, refused: 1, nextAt: 1 }]
          }
        }
      }
    ],
    read: HealthDocument.decode
  },
  "an entry of the refresh journal": {
    samples: [
      { version: 1, state: "intent", at: 1, unread: { status: 200, bytes: "" } },
      { version: 1, state: "answered", at: 1, grant: { access: "a", refresh: "r" } },
      { version: 1, state: "settled", at: 1, successor: "s" },
      { version: 1, state: "ended", at: 1, cause: "revoked", detail: "d" }
    ],
    read: JournalEntry.decode
  },
  "profiles that were logged out": {
    samples: [
      {
        version: 1,
        profile: "a",
        credential: login,
        at: 1,
        earlier: [{ profile: "a", credential: key }]
      }
    ],
    read: LoggedOut.decode
  },
  "files of older versions": {
    samples: [
      { anthropic: login, openai: { type: "api", key: "k" } },
      { anthropic: { access: "a", refresh: "r", expires: 1 } }
    ],
    read: (value) => [fromAuthJson(value), fromOAuthJson(value)]
  },
  "Claude Code's login": {
    samples: [{ claudeAiOauth: { accessToken: "a", refreshToken: "r", expiresAt: 1 } }],
    read: credentialsDocument.decode
  },
  "client tokens": {
    samples: [
      { version: 1, clients: { a: { hash: "0".repeat(64), agent: "main", createdAt: 1 } } }
    ],
    read: Schema.decodeUnknownOption(ClientTokens)
  },
  "a config": {
    samples: [
      {
        auth: { profiles: { a: { provider: "anthropic", mode: "oauth" } }, order: { x: ["a"] } },
        models: { mode: "merge", providers: { anthropic: { api: "x", apiKey: "k", models: [] } } },
        agents: { defaults: { model: { primary: "m" } }, list: [{ id: "a", model: "m" }] },
        gateway: { port: 1, bind: "loopback", auth: { mode: "token", token: "t" } }
      }
    ],
    read: Config.decode
  },
  "an answer of the token endpoint": {
    samples: [
      { access_token: "a", refresh_token: "r", expires_in: 1, account: { uuid: "u" } },
      { error: { type: "t", message: "m" } }
    ],
    read: (value) =>
      [200, 400].map((status) =>
        readAnswer({ status, body: JSON.stringify(value), retryAfter: undefined })
      )
  },
  "an error of the provider": {
    samples: [{ type: "error", error: { type: "t", message: "m", details: { error_code: "c" } } }],
    read: (value) => ErrorEnvelope.read(JSON.stringify(value))
  },
  "a line of the usage ledger": {
    samples: [{ h: 1, a: "main", p: "a", m: "m", c: "", t: "", n: 1, x: 0, u: [1, 2, 3, 4, 5, 6] }],
    read: (value) => UsageCell.fromText(JSON.stringify(value))
  }
}

describe(
  "a document with any value in any place is read, or " + "refused, and nothing is thrown:",
  () => {
    for (const [name, { read, samples }] of Object.entries(readers))
      it(name, () => {
        for (const odd of oddValues)
          for (const value of samples.flatMap((sample) => replacedAnywhere(sample, odd)))
            try {
              read(value)
            } catch (cause) {
              assert.fail(`${cause}: ${JSON.stringify(value).slice(0, 500)}`)
            }
      })
  }
)
