import * as Migration from "@clawdbot/domain/Config/Migration"
import * as MigrationText from "@clawdbot/domain/Config/MigrationText"
import * as Json5Document from "@clawdbot/json5-edit/Json5Document"
import * as JsonValue from "@clawdbot/json5-edit/JsonValue"
import { jsonValue } from "@clawdbot/testing/Config/json5Arbitrary"
import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as fc from "fast-check"

interface Row {
  readonly name: string
  readonly before: unknown
  readonly after: unknown
  readonly lines: ReadonlyArray<string>
}

const rows: ReadonlyArray<Row> = [
  {
    name: "every model key of agent",
    before: {
      agent: {
        model: "anthropic/claude-haiku-4-5",
        imageModel: "anthropic/claude-sonnet-4-5",
        allowedModels: ["anthropic/claude-opus-4-5"],
        modelFallbacks: ["anthropic/f1"],
        imageModelFallbacks: ["anthropic/f2"],
        modelAliases: { quick: "anthropic/claude-haiku-4-5", bad: 5 }
      }
    },
    after: {
      agents: {
        defaults: {
          model: { primary: "anthropic/claude-haiku-4-5", fallbacks: ["anthropic/f1"] },
          imageModel: { primary: "anthropic/claude-sonnet-4-5", fallbacks: ["anthropic/f2"] },
          models: {
            "anthropic/claude-haiku-4-5": { alias: "quick" },
            "anthropic/claude-sonnet-4-5": {},
            "anthropic/claude-opus-4-5": {},
            "anthropic/f1": {},
            "anthropic/f2": {}
          }
        }
      }
    },
    lines: [
      "Migrated agent.model string → agent.model.primary.",
      "Migrated agent.modelFallbacks → agent.model.fallbacks.",
      "Migrated agent.imageModel string → agent.imageModel.primary.",
      "Migrated agent.imageModelFallbacks → agent.imageModel.fallbacks.",
      "Migrated agent.allowedModels → agent.models.",
      "Migrated agent.modelAliases → agent.models.*.alias.",
      "Moved agent → agents.defaults."
    ]
  },
  {
    name: "a model string of agents.defaults",
    before: { agents: { defaults: { model: "anthropic/x" } } },
    after: {
      agents: {
        defaults: {
          model: { primary: "anthropic/x", fallbacks: [] },
          models: { "anthropic/x": {} }
        }
      }
    },
    lines: ["Migrated agents.defaults.model string → agents.defaults.model.primary."]
  },
  {
    name: "both agent and a model string of agents.defaults",
    before: { agent: { workspace: "~/clawd" }, agents: { defaults: { model: "anthropic/x" } } },
    after: {
      agents: {
        defaults: {
          model: { primary: "anthropic/x", fallbacks: [] },
          models: { "anthropic/x": {} },
          workspace: "~/clawd"
        }
      }
    },
    lines: [
      "Migrated agents.defaults.model string → agents.defaults.model.primary.",
      "Moved agent → agents.defaults."
    ]
  },
  {
    name: "only fallbacks",
    before: { agent: { modelFallbacks: ["anthropic/f"] } },
    after: {
      agents: { defaults: { model: { fallbacks: ["anthropic/f"] }, models: { "anthropic/f": {} } } }
    },
    lines: [
      "Migrated agent.modelFallbacks → agent.model.fallbacks.",
      "Moved agent → agents.defaults."
    ]
  },
  {
    name: "tools of agent",
    before: {
      agent: {
        workspace: "~/clawd",
        tools: { allow: ["read"], deny: ["exec"] },
        elevated: { enabled: true },
        bash: { timeoutSec: 5 },
        sandbox: { mode: "off", tools: { allow: ["read"] } },
        subagents: { maxConcurrent: 2, tools: { deny: ["exec"] } }
      }
    },
    after: {
      agents: {
        defaults: {
          workspace: "~/clawd",
          sandbox: { mode: "off" },
          subagents: { maxConcurrent: 2 }
        }
      },
      tools: {
        allow: ["read"],
        deny: ["exec"],
        elevated: { enabled: true },
        exec: { timeoutSec: 5 },
        sandbox: { tools: { allow: ["read"] } },
        subagents: { tools: { deny: ["exec"] } }
      }
    },
    lines: [
      "Moved agent.tools.allow → tools.allow.",
      "Moved agent.tools.deny → tools.deny.",
      "Moved agent.elevated → tools.elevated.",
      "Moved agent.bash → tools.exec.",
      "Moved agent.sandbox.tools → tools.sandbox.tools.",
      "Moved agent.subagents.tools → tools.subagents.tools.",
      "Moved agent → agents.defaults."
    ]
  },
  {
    name: "existing defaults win",
    before: {
      agent: { workspace: "~/old", a: { b: 1 } },
      agents: { defaults: { workspace: "~/new", a: { c: 2 } } }
    },
    after: { agents: { defaults: { workspace: "~/new", a: { b: 1, c: 2 } } } },
    lines: [
      "Removed agent.workspace (agents.defaults.workspace already set).",
      "Moved agent → agents.defaults."
    ]
  },
  {
    name: "two includes are left for the person",
    before: { agent: { $include: "a.json" }, agents: { defaults: { $include: "b.json" } } },
    after: { agent: { $include: "a.json" }, agents: { defaults: { $include: "b.json" } } },
    lines: []
  },
  {
    name: "an include in agent moves along",
    before: { agent: { $include: "a.json" } },
    after: { agents: { defaults: { $include: "a.json" } } },
    lines: ["Moved agent → agents.defaults."]
  },
  {
    name: "a variable survives",
    before: { agent: { model: `anthropic/\${MY_MODEL}` } },
    after: {
      agents: {
        defaults: {
          model: { primary: `anthropic/\${MY_MODEL}`, fallbacks: [] },
          models: Object.fromEntries([[`anthropic/\${MY_MODEL}`, {}]])
        }
      }
    },
    lines: ["Migrated agent.model string → agent.model.primary.", "Moved agent → agents.defaults."]
  },
  {
    name: "routing",
    before: {
      routing: {
        agents: {
          Work: {
            workspace: "~/w",
            mentionPatterns: ["@w"],
            sandbox: { tools: { allow: ["read"] } }
          }
        },
        defaultAgentId: "work",
        bindings: [],
        queue: { mode: "steer" }
      },
      messages: { queue: { mode: "collect" } }
    },
    after: {
      messages: { queue: { mode: "collect" } },
      agents: {
        list: [
          {
            id: "Work",
            groupChat: { mentionPatterns: ["@w"] },
            tools: { sandbox: { tools: { allow: ["read"] } } },
            workspace: "~/w",
            default: true
          }
        ]
      },
      bindings: []
    },
    lines: [
      "Moved routing.agents → agents.list.",
      'Moved routing.defaultAgentId → agents.list (id "work").default.',
      "Moved routing.bindings → bindings.",
      "Removed routing.queue (messages.queue already set)."
    ]
  },
  {
    name: "the mode of the profile that follows Claude Code, alone",
    before: {
      auth: { profiles: { "anthropic:claude-cli": { provider: "anthropic", mode: "token" } } }
    },
    after: {
      auth: { profiles: { "anthropic:claude-cli": { provider: "anthropic", mode: "oauth" } } }
    },
    lines: ['Updated auth.profiles["anthropic:claude-cli"].mode → "oauth".']
  },
  {
    name: "another profile's mode stays",
    before: { auth: { profiles: { "anthropic:x": { provider: "anthropic", mode: "token" } } } },
    after: { auth: { profiles: { "anthropic:x": { provider: "anthropic", mode: "token" } } } },
    lines: []
  },
  {
    name: "tools.bash",
    before: { tools: { bash: { timeoutSec: 5 } } },
    after: { tools: { exec: { timeoutSec: 5 } } },
    lines: ["Moved tools.bash → tools.exec."]
  },
  {
    name: "identity where one is set",
    before: {
      identity: { name: "Bob" },
      agents: { list: [{ id: "a" }, { id: "b", default: true, identity: { name: "Kept" } }] }
    },
    after: {
      agents: { list: [{ id: "a" }, { id: "b", default: true, identity: { name: "Kept" } }] }
    },
    lines: ["Removed identity (agents.list identity already set)."]
  },
  {
    name: "identity without agents",
    before: { identity: { name: "Bob" } },
    after: { agents: { list: [{ id: "main", identity: { name: "Bob" } }] } },
    lines: ['Moved identity → agents.list (id "main").identity.']
  },
  {
    name: "gateway.token",
    before: { gateway: { token: "t", port: 1 } },
    after: { gateway: { port: 1, auth: { token: "t", mode: "token" } } },
    lines: ["Moved gateway.token → gateway.auth.token."]
  },
  {
    name: "channels, where some have their section already",
    before: {
      telegram: { botToken: "old", proxy: "p", groups: { a: {} } },
      slack: {},
      signal: { enabled: true },
      channels: { telegram: { botToken: "new", groups: { b: {} } } }
    },
    after: {
      channels: {
        telegram: { botToken: "new", groups: { b: {}, a: {} }, proxy: "p" },
        slack: {},
        signal: { enabled: true }
      }
    },
    lines: [
      "Merged telegram → channels.telegram.",
      "Removed telegram.botToken (channels.telegram.botToken already set).",
      "Moved slack → channels.slack.",
      "Moved signal → channels.signal."
    ]
  },
  {
    name: "two includes of a channel are left for the person",
    before: { slack: { $include: "a.json" }, channels: { slack: { $include: "b.json" } } },
    after: { slack: { $include: "a.json" }, channels: { slack: { $include: "b.json" } } },
    lines: []
  },
  {
    name: "who may write, without a section of WhatsApp",
    before: { routing: { allowFrom: ["+15555550123"] } },
    after: { channels: { whatsapp: { allowFrom: ["+15555550123"] } } },
    lines: ["Moved routing.allowFrom → channels.whatsapp.allowFrom."]
  },
  {
    name: "whether groups have to mention the agent: the narrower switch wins",
    before: {
      routing: { groupChat: { requireMention: false, historyLimit: 5 } },
      telegram: { requireMention: true }
    },
    after: {
      channels: {
        telegram: { groups: { "*": { requireMention: true } } },
        imessage: { groups: { "*": { requireMention: false } } }
      },
      messages: { groupChat: { historyLimit: 5 } }
    },
    lines: [
      "Moved telegram → channels.telegram.",
      "Moved routing.groupChat.historyLimit → messages.groupChat.historyLimit.",
      "Moved channels.telegram.requireMention → channels.telegram.groups.*.requireMention.",
      "Removed routing.groupChat.requireMention (channels.telegram.groups.*.requireMention " +
        "already set).",
      "Moved routing.groupChat.requireMention → channels.imessage.groups.*.requireMention."
    ]
  },
  {
    name: "names of channels, of both times",
    before: {
      bindings: [
        { agentId: "a", match: { surface: "slack", accountID: "x" } },
        { agentId: "b", match: { provider: "slack", channel: "discord" } },
        "no binding"
      ],
      session: { sendPolicy: { rules: [{ action: "deny", match: { provider: "slack" } }] } },
      messages: { queue: { byProvider: { slack: "steer" } } }
    },
    after: {
      bindings: [
        { agentId: "a", match: { channel: "slack", accountId: "x" } },
        { agentId: "b", match: { channel: "discord" } },
        "no binding"
      ],
      session: { sendPolicy: { rules: [{ action: "deny", match: { channel: "slack" } }] } },
      messages: { queue: { byChannel: { slack: "steer" } } }
    },
    lines: [
      "Moved bindings.0.match.surface → bindings.0.match.channel.",
      "Moved bindings.0.match.accountID → bindings.0.match.accountId.",
      "Removed bindings.1.match.provider (bindings.1.match.channel already set).",
      "Moved session.sendPolicy.rules.0.match.provider → session.sendPolicy.rules.0.match.channel.",
      "Moved messages.queue.byProvider → messages.queue.byChannel."
    ]
  },
  {
    name: "the command that turns speech into text, whichever it is",
    before: { audio: { transcription: { command: ["my-stt"] } } },
    after: {
      tools: { media: { audio: { models: [{ type: "cli", command: "my-stt" }], enabled: true } } }
    },
    lines: ["Moved audio.transcription → tools.media.audio.models."]
  },
  {
    name: "the command that turns speech into text, where models are listed",
    before: {
      routing: { transcribeAudio: { command: ["whisper"] } },
      tools: { media: { audio: { enabled: false, models: [{ type: "cli", command: "x" }] } } }
    },
    after: {
      tools: { media: { audio: { enabled: false, models: [{ type: "cli", command: "x" }] } } }
    },
    lines: ["Removed routing.transcribeAudio (tools.media.audio.models already set)."]
  },
  {
    name: "when replies are spoken",
    before: { messages: { tts: { enabled: true } } },
    after: { messages: { tts: { auto: "always" } } },
    lines: ["Moved messages.tts.enabled → messages.tts.auto (always)."]
  },
  {
    name: "when replies are spoken, where it is set",
    before: { messages: { tts: { enabled: true, auto: "off" } } },
    after: { messages: { tts: { auto: "off" } } },
    lines: ["Removed messages.tts.enabled (messages.tts.auto already set)."]
  },
  {
    name: "channels and switches of a wrong kind are left for the person",
    before: {
      whatsapp: "x",
      telegram: { a: 1 },
      channels: { telegram: [] },
      routing: {
        allowFrom: ["+1"],
        groupChat: { requireMention: true },
        transcribeAudio: { command: "whisper" }
      },
      messages: { tts: { enabled: "yes" } }
    },
    after: {
      whatsapp: "x",
      telegram: { a: 1 },
      channels: { telegram: [], whatsapp: { allowFrom: ["+1"] } },
      routing: {
        groupChat: { requireMention: true },
        transcribeAudio: { command: "whisper" }
      },
      messages: { tts: { enabled: "yes" } }
    },
    lines: ["Moved routing.allowFrom → channels.whatsapp.allowFrom."]
  },
  {
    name: "values of a wrong kind are left for the person",
    before: {
      agent: "x",
      agents: { list: {} },
      identity: 5,
      routing: { agents: { a: 1 }, defaultAgentId: 3 },
      gateway: { token: 1 }
    },
    after: {
      agent: "x",
      agents: { list: {} },
      identity: 5,
      routing: { agents: { a: 1 }, defaultAgentId: 3 },
      gateway: { token: 1 }
    },
    lines: []
  }
]

describe("steps", () => {
  for (const { name, before, after, lines } of rows) {
    it(name, () => {
      const migrated = Migration.migrate(before)
      assert.deepStrictEqual(migrated.value, after)
      assert.deepStrictEqual(migrated.lines, lines)
      assert.deepStrictEqual(Migration.migrate(migrated.value).lines, [])
    })
  }
})

/** Configs with many legacy keys, right and wrong ones. */
const legacy = fc.record(
  {
    agent: fc.oneof(
      fc.record(
        {
          model: fc.oneof(
            fc.constant("anthropic/a"),
            fc.constant({ primary: "anthropic/b" }),
            jsonValue
          ),
          modelFallbacks: fc.oneof(fc.constant(["anthropic/f"]), jsonValue),
          allowedModels: fc.oneof(fc.constant(["anthropic/c", " ", 5]), jsonValue),
          modelAliases: fc.oneof(fc.constant({ q: "anthropic/a" }), jsonValue),
          models: fc.oneof(fc.constant({ "anthropic/a": { alias: "x" } }), jsonValue),
          tools: fc.oneof(fc.constant({ allow: ["a"], other: 1 }), jsonValue),
          sandbox: fc.oneof(fc.constant({ tools: { allow: ["a"] }, mode: "off" }), jsonValue),
          bash: jsonValue,
          workspace: fc.constant("~/w")
        },
        { requiredKeys: [] }
      ),
      jsonValue
    ),
    agents: fc.oneof(
      fc.record(
        {
          defaults: fc.oneof(fc.constant({ model: "anthropic/d", workspace: "~/v" }), jsonValue),
          list: fc.oneof(fc.constant([{ id: "a" }]), jsonValue)
        },
        { requiredKeys: [] }
      ),
      jsonValue
    ),
    routing: fc.oneof(
      fc.record(
        {
          agents: fc.oneof(
            fc.constant({ a: { workspace: "~/x" }, b: { identity: {} } }),
            jsonValue
          ),
          defaultAgentId: fc.oneof(fc.constant("b"), jsonValue),
          bindings: fc.oneof(
            fc.constant([{ match: { surface: "slack", accountID: "x" } }, { match: 1 }]),
            jsonValue
          ),
          queue: fc.oneof(fc.constant({ byProvider: { slack: "a" } }), jsonValue),
          allowFrom: fc.oneof(fc.constant(["+1"]), jsonValue),
          groupChat: fc.oneof(
            fc.constant({ requireMention: true, historyLimit: 5, mentionPatterns: ["@c"] }),
            jsonValue
          ),
          transcribeAudio: fc.oneof(
            fc.constant({ command: ["whisper", "-x"], timeoutSeconds: 4 }),
            jsonValue
          )
        },
        { requiredKeys: [] }
      ),
      jsonValue
    ),
    whatsapp: fc.oneof(fc.constant({ allowFrom: ["+2"] }), jsonValue),
    telegram: fc.oneof(fc.constant({ requireMention: false, botToken: "t" }), jsonValue),
    channels: fc.oneof(
      fc.constant({ telegram: { botToken: "u" }, whatsapp: { groups: { "*": {} } } }),
      jsonValue
    ),
    messages: fc.oneof(fc.constant({ tts: { enabled: true } }), jsonValue),
    session: fc.oneof(
      fc.constant({ sendPolicy: { rules: [{ match: { provider: "slack" } }] } }),
      jsonValue
    ),
    identity: fc.oneof(fc.constant({ name: "n" }), jsonValue),
    tools: fc.oneof(fc.constant({ bash: { a: 1 } }), jsonValue),
    gateway: fc.oneof(
      fc.constant({ token: "t" }),
      fc.constant({ token: "t", auth: { token: "u" } }),
      jsonValue
    ),
    foreign: jsonValue
  },
  { requiredKeys: ["foreign"] }
)

describe("properties", () => {
  it("idempotent, and foreign keys are never touched", () => {
    fc.assert(
      fc.property(legacy, (value) => {
        const once = Migration.migrate(value)
        const twice = Migration.migrate(once.value)
        assert.isTrue(JsonValue.equals(once.value, twice.value))
        assert.deepStrictEqual(twice.lines, [])
        assert.isTrue(JsonValue.equals(JsonValue.get(once.value, ["foreign"]), value.foreign))
      }),
      { numRuns: 1000 }
    )
  })

  it("the written text means the migrated value, and no comment is lost", () => {
    fc.assert(
      fc.property(legacy, (value) => {
        const marked = JSON.stringify(value, null, 2)
          .split("\n")
          .map((line, index) => (index % 3 === 0 ? `${line} // note ${index}` : line))
          .join("\n")
        const document = Either.getOrThrow(Json5Document.parse(marked))
        const migrated = Migration.migrate(document.value)
        const after = Either.getOrThrow(MigrationText.persist(document, migrated))
        assert.isTrue(JsonValue.equals(after.value, migrated.value))
        const notes = (text: string) => new Set(text.match(/\/[/*] note \d+/g))
        const lost = [...notes(marked.replaceAll("/*", "//"))].filter(
          (note) => !notes(after.text.replaceAll("/*", "//")).has(note)
        )
        assert.deepStrictEqual(lost, [])
      }),
      { numRuns: 250 }
    )
  })
})

it("a moved section keeps its hand and its comments", () => {
  const document = Either.getOrThrow(
    Json5Document.parse(`{
  // who answers
  agent: {
    // the fast one
    model: 'anthropic/claude-haiku-4-5', // cheap
    workspace: "~/clawd", /* here */
    // nothing more
  },
  logging: { level: 'info' }, // keep
}
`)
  )
  const migrated = Migration.migrate(document.value)
  assert.strictEqual(
    Either.getOrThrow(MigrationText.persist(document, migrated)).text,
    `{
  // nothing more
  logging: { level: 'info' }, // keep
  agents: {
    // who answers
    defaults: {
      // the fast one
      model: {
        primary: 'anthropic/claude-haiku-4-5',
        fallbacks: [],
      }, // cheap
      workspace: "~/clawd", /* here */
      models: {
        'anthropic/claude-haiku-4-5': {},
      },
    },
  },
}
`
  )
  assert.deepStrictEqual(Migration.origin(migrated, ["agents", "defaults", "model", "primary"]), [
    "agent",
    "model"
  ])
  assert.deepStrictEqual(Migration.origin(migrated, ["agents", "defaults", "workspace"]), [
    "agent",
    "workspace"
  ])
  assert.deepStrictEqual(Migration.origin(migrated, ["logging", "level"]), ["logging", "level"])
})
