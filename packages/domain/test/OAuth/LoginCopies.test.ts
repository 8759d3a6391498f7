import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import {
  type CopyStatus,
  isSameAccount,
  LoginCopies,
  type TokenHistory
} from "@clawdbot/domain/OAuth/LoginCopies"
import { refreshFingerprint } from "@clawdbot/domain/OAuth/StoredLogin"
import * as ProfileDocument from "@clawdbot/domain/Profile/ProfileDocument"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import type { ProfileSnapshot } from "@clawdbot/domain/Profile/ProfileStore"
import * as ProviderId from "@clawdbot/domain/Profile/ProviderId"
import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import * as fc from "fast-check"

const login = (refresh: string, expires: number, more: Record<string, unknown> = {}) => ({
  type: "oauth",
  provider: "anthropic",
  access: `access of ${refresh}`,
  refresh,
  expires,
  ...more
})

interface Store {
  readonly agent: string
  readonly profiles: Readonly<Record<string, unknown>>
  readonly path?: string
  readonly writtenAt?: number
}

const snapshot = ({ agent, path, profiles, writtenAt }: Store): ProfileSnapshot => ({
  agent: AgentId.normalize(agent),
  path: path ?? `/agents/${agent}`,
  document: Either.getOrThrow(ProfileDocument.decode({ profiles })),
  exists: true,
  writtenAt,
  notices: []
})

const mark = (refresh: string): string =>
  refreshFingerprint({
    type: "oauth",
    provider: ProviderId.anthropic,
    access: Redacted.make(""),
    refresh: Redacted.make(refresh),
    expires: 0,
    extra: Redacted.make({})
  })

const history = (known: Readonly<Record<string, TokenHistory>>) =>
  new Map(Object.entries(known).map(([refresh, entry]) => [mark(refresh), entry]))

/** What a status says, in one line. */
const say = (status: CopyStatus): string => {
  switch (status._tag) {
    case "Newest":
      return "newest"
    case "Superseded":
      return `superseded by ${status.by.owner} ${status.by.profile}`
    case "Unclear":
      return `unclear beside ${status.beside.owner}`
    case "Ended":
      return `ended ${status.cause}`
  }
}

const statuses = (
  stores: ReadonlyArray<Store>,
  known: Readonly<Record<string, TokenHistory>> = {}
): Readonly<Record<string, string>> => {
  const copies = new LoginCopies(stores.map(snapshot), history(known))
  return Object.fromEntries(
    stores.flatMap((store) =>
      Object.keys(store.profiles).map((profile) => [
        `${store.agent} ${profile}`,
        say(copies.at(store.path ?? `/agents/${store.agent}`, ProfileId.of(profile)))
      ])
    )
  )
}

const main = (more: Record<string, unknown> = {}): Store => ({
  agent: "main",
  profiles: { login: login("new", 2_000, more) }
})
const work = (more: Record<string, unknown> = {}): Store => ({
  agent: "work",
  profiles: { login: login("old", 1_000, more) }
})

describe("LoginCopies", () => {
  for (const [name, stores, known, expected] of [
    ["one login alone is the newest", [main()], {}, { "main login": "newest" }],
    [
      "copies that are in step are both the newest: one grant renews them",
      [main(), { agent: "work", profiles: { login: login("new", 2_000) } }],
      {},
      { "main login": "newest", "work login": "newest" }
    ],
    [
      "of one named account the later end counts",
      [main({ accountId: "me" }), work({ accountId: "me" })],
      {},
      { "main login": "newest", "work login": "superseded by main login" }
    ],
    [
      "an e-mail names an account, in any spelling",
      [main({ email: "Me@example.com" }), work({ email: " me@example.com" })],
      {},
      { "main login": "newest", "work login": "superseded by main login" }
    ],
    [
      "two people under one name are two logins",
      [main({ email: "me@example.com" }), work({ email: "you@example.com" })],
      {},
      { "main login": "newest", "work login": "newest" }
    ],
    [
      "where only one names its account, nobody knows",
      [main({ email: "me@example.com" }), work()],
      {},
      { "main login": "newest", "work login": "unclear beside main" }
    ],
    [
      "what the journal knows goes before dates and names",
      [
        { agent: "main", profiles: { login: login("new", 1_000, { accountId: "me" }) } },
        { agent: "work", profiles: { login: login("old", 2_000, { accountId: "me" }) } }
      ],
      { old: { successors: [mark("between"), mark("new")] } },
      { "main login": "newest", "work login": "superseded by main login" }
    ],
    [
      "a succession is one also under another name, and in the same store",
      [{ agent: "main", profiles: { login: login("new", 1_000), copy: login("old", 500) } }],
      { old: { successors: [mark("new")] } },
      { "main login": "newest", "main copy": "superseded by main login" }
    ],
    [
      "a login under another name that names the same account is a login of its own",
      [
        { agent: "main", profiles: { a: login("one", 1, { accountId: "me" }) } },
        { agent: "work", profiles: { b: login("two", 2, { accountId: "me" }) } }
      ],
      {},
      { "main a": "newest", "work b": "newest" }
    ],
    [
      "a successor that no store holds supersedes nothing",
      [main()],
      { new: { successors: [mark("lost")] } },
      { "main login": "newest" }
    ],
    [
      "a copy whose store waits for an answer is not superseded by the stores that have it",
      [main({ accountId: "me" }), work({ accountId: "me" })],
      { old: { successors: [mark("new")], pending: true } },
      { "main login": "newest", "work login": "newest" }
    ],
    [
      "a login that ended stays ended under every name, in every store",
      [{ agent: "main", profiles: { login: login("dead", 1), again: login("dead", 1) } }],
      { dead: { successors: [], ended: "revoked" } },
      { "main login": "ended revoked", "main again": "ended revoked" }
    ],
    [
      "a copy that ended and has a newer one is superseded: that one is the cure",
      [main({ accountId: "me" }), work({ accountId: "me" })],
      { old: { successors: [], ended: "revoked" } },
      { "main login": "newest", "work login": "superseded by main login" }
    ],
    [
      "a person's word: the same",
      [main(), work({ sameLogin: true })],
      {},
      { "main login": "newest", "work login": "superseded by main login" }
    ],
    [
      "a person's word: another one, also where both are of one account",
      [main({ accountId: "me" }), work({ accountId: "me", sameLogin: false })],
      {},
      { "main login": "newest", "work login": "newest" }
    ],
    [
      "nobody's word makes one account of two that are named",
      [main({ accountId: "me" }), work({ accountId: "you", sameLogin: true })],
      {},
      { "main login": "newest", "work login": "newest" }
    ],
    [
      "nobody's word makes two logins of one that the journal knows",
      [main(), work({ sameLogin: false })],
      { old: { successors: [mark("new")] } },
      { "main login": "newest", "work login": "superseded by main login" }
    ],
    [
      "one account in two organisations has two logins",
      [
        main({ accountId: "me", organizationId: "a" }),
        work({ accountId: "me", organizationId: "b" })
      ],
      {},
      { "main login": "newest", "work login": "newest" }
    ],
    [
      "with the same end, the later written store counts",
      [
        { agent: "main", profiles: { login: login("a", 1, { accountId: "me" }) }, writtenAt: 1 },
        { agent: "work", profiles: { login: login("b", 1, { accountId: "me" }) }, writtenAt: 2 }
      ],
      {},
      { "main login": "superseded by work login", "work login": "newest" }
    ],
    [
      "agents that share a folder have one copy",
      [main(), { ...main(), agent: "twin", path: "/agents/main" }],
      {},
      { "main login": "newest", "twin login": "newest" }
    ],
    [
      "logins of two providers are never copies of each other",
      [main(), work({ provider: "other" })],
      {},
      { "main login": "newest", "work login": "newest" }
    ],
    [
      "keys, tokens and what cannot be refreshed have no copies",
      [
        main({ accountId: "me" }),
        {
          agent: "work",
          profiles: {
            login: login("", 1, { accountId: "me" }),
            key: { type: "api_key", provider: "anthropic", key: "k" }
          }
        }
      ],
      {},
      { "main login": "newest", "work login": "newest", "work key": "newest" }
    ]
  ] as const) {
    it(name, () => {
      assert.deepStrictEqual(statuses(stores, known), expected)
    })
  }

  it("leaves exactly one copy of a login to be redeemed, however many there are", () => {
    const copy = fc.record({
      expires: fc.integer({ min: 0, max: 3 }),
      writtenAt: fc.integer({ min: 0, max: 3 })
    })
    fc.assert(
      fc.property(fc.array(copy, { minLength: 1, maxLength: 6 }), (copies) => {
        const found = statuses(
          copies.map(({ expires, writtenAt }, index) => ({
            agent: `a${index}`,
            profiles: { login: login(`r${index}`, expires, { accountId: "me" }) },
            writtenAt
          }))
        )
        const newest = Object.values(found).filter((status) => status === "newest")
        assert.strictEqual(newest.length, 1)
      })
    )
  })
})

describe("isSameAccount", () => {
  it("says the same whoever is asked first", () => {
    const text = fc.constantFrom(undefined, "", "a", "b")
    const account = fc.record({
      accountId: text,
      email: text,
      organizationId: text,
      sameLogin: fc.constantFrom(undefined, true, false)
    })
    fc.assert(
      fc.property(account, account, (one, other) => {
        const base = {
          type: "oauth" as const,
          provider: ProviderId.anthropic,
          access: Redacted.make("a"),
          refresh: Redacted.make("r"),
          expires: 0,
          extra: Redacted.make({})
        }
        const [first, second] = [
          { ...base, ...one },
          { ...base, ...other }
        ]
        assert.strictEqual(isSameAccount(first, second), isSameAccount(second, first))
      })
    )
  })

  it("the place decides between two that end and were written at the same time", () => {
    const copy = (agent: string, refresh: string, expires: number): Store => ({
      agent,
      profiles: { login: login(refresh, expires, { accountId: "me" }) },
      writtenAt: 1
    })
    const stores = [copy("main", "old", 1_000), copy("b", "one", 2_000), copy("a", "two", 2_000)]
    for (const order of [stores, stores.toReversed()])
      assert.deepStrictEqual(statuses(order), {
        "main login": "superseded by a login",
        "a login": "newest",
        "b login": "superseded by a login"
      })
  })

  it("an organisation that both name is enough, unless their accounts differ", () => {
    const of = (more: Partial<Parameters<typeof isSameAccount>[0]>) => ({
      type: "oauth" as const,
      provider: ProviderId.anthropic,
      access: Redacted.make("a"),
      refresh: Redacted.make("r"),
      expires: 0,
      extra: Redacted.make({}),
      organizationId: "org",
      ...more
    })
    assert.isTrue(isSameAccount(of({}), of({})))
    assert.isTrue(isSameAccount(of({ accountId: "me" }), of({})))
    assert.isFalse(isSameAccount(of({ accountId: "me" }), of({ accountId: "you" })))
    assert.isUndefined(isSameAccount(of({}), of({ organizationId: undefined })))
  })

  it("are of logins that can be refreshed, and of nothing else", () => {
    const profiles = {
      login: login("r", 1),
      fixed: login(" ", 1),
      key: { type: "api_key", provider: "anthropic", key: "sk" }
    }
    const { copies } = new LoginCopies([snapshot({ agent: "main", profiles })], history({}))
    assert.deepStrictEqual<ReadonlyArray<string>>(
      copies.map(({ profile }) => profile),
      ["login"]
    )
  })
})
