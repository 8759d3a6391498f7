/** Which public error a program gets for each reason why a request has no credential. */
import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import * as AuthError from "../../src/Auth/AuthError.ts"
import {
  credentialFailure,
  noSurroundings,
  nothingKnown
} from "../../src/Auth/credentialFailure.ts"
import {
  AllInCooldown,
  AnswerBroken,
  type CredentialError,
  CredentialsUnavailable,
  isAnswerBroken,
  isCredentialError,
  isProviderRefused,
  LoginEnded,
  NoCredentials,
  ProviderRefused
} from "../../src/Auth/credentialFailures.ts"
import type { ExplainedRejection, Explanation } from "../../src/Auth/Explanation.ts"
import { publicError, SendFailed } from "../../src/Auth/SendFailed.ts"
import { ConfigInvalid, ConfigUnavailable } from "../../src/Config/ConfigError.ts"
import { OAuthRefreshFailed } from "../../src/OAuth/OAuthError.ts"
import {
  StoreCorrupt,
  StoreLocked,
  StoreMoved,
  StoreTooNew,
  StoreUnavailable
} from "../../src/Profile/ProfileError.ts"

const asked = { agent: "main", provider: "anthropic", storePath: "/stores/main" }
const explanation: Explanation = { ...asked, candidates: [], rejected: [] }
const withRejected = (...rejected: ReadonlyArray<ExplainedRejection>): Explanation => ({
  ...explanation,
  rejected
})

/** The fields of an error; those that are undefined count as absent. */
const fieldsOf = (error: CredentialError): Readonly<Record<string, unknown>> => {
  // A cause is no field that is enumerated.
  const fields = { ...error, cause: error.cause }
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}

const noCredentials = (rejected: ReadonlyArray<ExplainedRejection>, profile?: string) =>
  credentialFailure(
    new AuthError.NoCredentials({ ...asked, profile, explanation: withRejected(...rejected) })
  )

describe("no credential", () => {
  it("is that nothing is configured, without the path of the store", () => {
    const error = credentialFailure(new AuthError.NoApiKey({ ...asked, explanation }))
    assert.deepStrictEqual(fieldsOf(error), {
      _tag: "NoCredentials",
      reason: "nothing-configured",
      agent: "main",
      provider: "anthropic",
      explanation
    })
    assert.strictEqual(error.message, 'No API key found for provider "anthropic" (agent "main")')
  })

  it("is that none is usable, with the profile that was asked for where there is one", () => {
    const rejected = { profile: "a", reason: "no secret" } as const
    const error = noCredentials([rejected], "a")
    assert.deepStrictEqual(fieldsOf(error), {
      _tag: "NoCredentials",
      reason: "none-usable",
      profile: "a",
      agent: "main",
      provider: "anthropic",
      explanation: withRejected(rejected)
    })
    assert.strictEqual(error.message, 'No credentials found for profile "a" (agent "main")')
    assert.notProperty(noCredentials([rejected]), "profile")
  })

  it("is an ended login where signing in again helps, with its cure where there is one", () => {
    const cure = "clawdbot models auth sync"
    const other = { profile: "a", reason: "disabled by hand" } as const
    const ended = { profile: "b", reason: "login ended", cure } as const
    const error = noCredentials([other, ended])
    assert.deepStrictEqual(fieldsOf(error), {
      _tag: "LoginEnded",
      profile: "b",
      cure,
      agent: "main",
      provider: "anthropic",
      explanation: withRejected(other, ended)
    })
    assert.strictEqual(
      error.message,
      'No credentials found for profiles "a" (disabled by hand), "b" (login ended) (agent "main")'
    )
    assert.notProperty(noCredentials([{ profile: "b", reason: "expired" }]), "cure")
  })

  it("counts a refresh that failed for good as an end, and one that may succeed as none", () => {
    const failed = { profile: "b", reason: "refresh failed" } as const
    assert.strictEqual(noCredentials([{ ...failed, cure: "sign in" }])._tag, "LoginEnded")
    assert.strictEqual(noCredentials([failed])._tag, "NoCredentials")
    const unsigned = { profile: "b", reason: "no secret", cure: "store one" } as const
    assert.strictEqual(noCredentials([unsigned])._tag, "NoCredentials")
  })

  it("is no ended login where another profile was asked for", () => {
    const ended = { profile: "b", reason: "expired" } as const
    assert.strictEqual(noCredentials([ended], "b")._tag, "LoginEnded")
    assert.strictEqual(noCredentials([ended], "a")._tag, "NoCredentials")
    const error = new AuthError.NoCredentials({ ...asked, explanation: withRejected(ended) })
    assert.isTrue(AuthError.isSignInRequired(error))
    assert.isFalse(
      AuthError.isSignInRequired(new AuthError.NoCredentials({ ...asked, explanation }))
    )
  })
})

describe("the errors behind them", () => {
  it("name the store, and what a person may do", () => {
    const rejected = [
      { profile: "a", reason: "no secret", cure: "clawdbot cure a" },
      { profile: "b", reason: "expired", cure: "clawdbot cure b" }
    ] as const
    const error = new AuthError.NoCredentials({
      ...asked,
      profile: "b",
      explanation: withRejected(...rejected)
    })
    assert.deepStrictEqual(error.cures, ["clawdbot cure b"])
    assert.deepStrictEqual(error.concerned, [rejected[1]])
    assert.strictEqual(
      error.message,
      'No credentials found for profile "b" (agent "main", store /stores/main)'
    )
    assert.strictEqual(
      new AuthError.NoApiKey({ ...asked, explanation }).message,
      'No API key found for provider "anthropic" (agent "main", store /stores/main)'
    )
  })

  it("show what is worked out late as they show everything else", () => {
    const facts = { ...asked, retryAt: 5 }
    const evidence = { outOfCredit: true, refused: true, heldBack: ["env:A"], explanation }
    const error = AuthError.makeAllInCooldown(facts, () => evidence)
    assert.deepStrictEqual({ ...error }, { _tag: "AllInCooldown", ...facts, ...evidence })
  })
})

describe("all credentials cool down", () => {
  const cooling = (outOfCredit: boolean, refused: boolean) =>
    credentialFailure(
      new AuthError.AllInCooldown({
        ...asked,
        retryAt: 5,
        outOfCredit,
        refused,
        heldBack: ["env:A"],
        explanation
      })
    )

  it("is told with its reason, money before a refusal", () => {
    assert.deepStrictEqual(fieldsOf(cooling(false, false)), {
      _tag: "AllInCooldown",
      reason: "cooldown",
      retryAt: 5,
      heldBack: ["env:A"],
      agent: "main",
      provider: "anthropic",
      explanation
    })
    assert.propertyVal(cooling(true, true), "reason", "out-of-credit")
    assert.propertyVal(cooling(false, true), "reason", "refused")
  })

  it("names the first to be available and the agent whose it is", () => {
    const candidate = (profile: string, owner: string) =>
      ({
        profile,
        kind: "api_key",
        owner,
        state: "cooling",
        place: "preferred",
        obstacles: []
      }) as const
    const argumentsFor = (...candidates: Explanation["candidates"]) =>
      AuthError.clearArguments({ agent: "main", explanation: { ...explanation, candidates } })
    assert.deepStrictEqual(argumentsFor(candidate("a", "work"), candidate("b", "main")), {
      profile: "a",
      agent: "work"
    })
    assert.deepStrictEqual(argumentsFor(candidate("env:A", "")), {
      profile: "env:A",
      agent: "main"
    })
    assert.isUndefined(argumentsFor())
  })
})

describe("a login that cannot be refreshed for now", () => {
  const failed = (retryAt?: number) =>
    new OAuthRefreshFailed({
      provider: "another",
      profile: "it's me",
      agent: "work",
      cause: "offline",
      detail: "ECONNREFUSED",
      retryAt
    })

  it("is told with the command that tries again, and when that is worth it", () => {
    const error = failed(5)
    assert.deepStrictEqual(fieldsOf(credentialFailure(error)), {
      _tag: "CredentialsUnavailable",
      reason: "refresh",
      code: "OAuthRefreshFailed",
      problem: error.message,
      cure: "clawdbot models auth refresh 'it'\\''s me' --agent work",
      retryAt: 5,
      cause: error,
      explanation: { ...nothingKnown, agent: "work", provider: "another" }
    })
    assert.strictEqual(credentialFailure(error).message, error.message)
    assert.notProperty(credentialFailure(failed()), "retryAt")
  })
})

describe("credentials that cannot be read", () => {
  const path = "/home/p/.clawdbot/clawdbot.json"
  const issue = { path: "models.providers.anthropic.baseUrl", problem: "is no URL" }
  const invalid = new ConfigInvalid({ path, issues: [issue] })
  const unavailable = new ConfigUnavailable({ path, operation: "read", code: "EACCES" })
  const rows = [
    [invalid, "config", "the config is invalid", "clawdbot config validate"],
    [unavailable, "config", "the config cannot be read (EACCES)", "clawdbot config validate"],
    [
      new StoreCorrupt({ path, problem: "no JSON" }),
      "store",
      "the profile store cannot be read",
      "clawdbot doctor"
    ],
    [
      new StoreTooNew({ path, version: 2, supported: 1 }),
      "store",
      "the profile store was written by a newer version of clawdbot",
      "update clawdbot"
    ],
    [
      new StoreLocked({ path, lockPath: `${path}.lock`, waitedMs: 1 }),
      "store",
      "the profile store is locked by another process",
      "clawdbot doctor"
    ],
    [
      new StoreMoved({ path, state: "moved", where: "db" }),
      "store",
      "the credentials of the state folder were moved to a shared store",
      "clawdbot doctor"
    ],
    [
      new StoreUnavailable({ path, operation: "read", code: "EIO" }),
      "store",
      "the profile store cannot be used (EIO)",
      "clawdbot doctor"
    ]
  ] as const
  for (const [cause, reason, problem, cure] of rows)
    it(`is told without a path of the machine: ${cause._tag}`, () => {
      const error = credentialFailure(cause)
      assert.deepStrictEqual(fieldsOf(error), {
        _tag: "CredentialsUnavailable",
        reason,
        code: cause._tag,
        problem,
        cure,
        cause,
        explanation: nothingKnown
      })
      assert.strictEqual(error.message, problem)
    })

  it("is told by the program's own options, and no command, where it gave the keys itself", () => {
    const second = { path: "order", problem: "names nobody" }
    const cause = new ConfigInvalid({ path: "program:/clawdbot.json", issues: [issue, second] })
    assert.deepStrictEqual(fieldsOf(credentialFailure(cause)), {
      _tag: "CredentialsUnavailable",
      reason: "config",
      code: "ConfigInvalid",
      problem: "baseUrl is no URL; order names nobody",
      cause,
      explanation: { ...nothingKnown, storePath: "program:" }
    })
    const unread = new ConfigUnavailable({ path: "program:", operation: "read", code: "EIO" })
    assert.deepInclude(credentialFailure(unread), { code: "ConfigUnavailable", problem: "" })
  })

  it("is told by the surroundings where they do not say where the credentials are", () => {
    const cause = { _tag: "NoHome", message: "HOME is not set" }
    assert.deepStrictEqual(fieldsOf(noSurroundings(cause)), {
      _tag: "CredentialsUnavailable",
      reason: "environment",
      code: "NoHome",
      problem: "HOME is not set",
      cause,
      explanation: nothingKnown
    })
  })
})

describe("an error of whoever sends", () => {
  it("is itself, whatever tag it bears", () => {
    const own = { _tag: "NoApiKey" }
    assert.strictEqual(publicError(new SendFailed(own)), own)
    const error = publicError(new AuthError.NoApiKey({ ...asked, explanation }))
    assert.deepInclude(error, { _tag: "NoCredentials", reason: "nothing-configured" })
  })
})

describe("errors that cross a process", () => {
  const cooling = { ...asked, retryAt: 5, heldBack: ["env:A"], explanation }
  const { storePath: _, ...told } = asked
  const same = <A, I>(schema: Schema.Schema<A, I>, error: A) => {
    const text = JSON.stringify(Schema.encodeSync(schema)(error))
    const read = Schema.decodeUnknownSync(schema)(JSON.parse(text))
    assert.deepStrictEqual({ ...read }, { ...error })
  }

  it("are read as they were written", () => {
    same(AuthError.NoApiKey, new AuthError.NoApiKey({ ...asked, explanation }))
    same(
      AuthError.NoCredentials,
      new AuthError.NoCredentials({ ...asked, profile: "a", explanation })
    )
    same(
      AuthError.AllInCooldown,
      new AuthError.AllInCooldown({ ...cooling, outOfCredit: true, refused: false })
    )
    for (const reason of ["nothing-configured", "none-usable"] as const)
      same(NoCredentials, new NoCredentials({ reason, profile: "a", ...told, explanation }))
    for (const reason of ["cooldown", "out-of-credit", "refused"] as const)
      same(
        AllInCooldown,
        new AllInCooldown({ reason, retryAt: 5, heldBack: ["env:A"], ...told, explanation })
      )
    same(LoginEnded, new LoginEnded({ profile: "a", cure: "sign in", ...told, explanation }))
    for (const reason of ["config", "store", "refresh", "environment"] as const)
      same(
        CredentialsUnavailable,
        new CredentialsUnavailable({
          reason,
          code: "Other",
          problem: "p",
          cure: "c",
          retryAt: 5,
          cause: "why",
          explanation
        })
      )
    same(
      ProviderRefused,
      new ProviderRefused({
        status: 400,
        class: "format",
        headers: { a: "1" },
        body: "text",
        retryAt: 5,
        profile: "a",
        explanation
      })
    )
    for (const reason of ["incomplete", "error-event"] as const)
      same(
        AnswerBroken,
        new AnswerBroken({ reason, class: "server", problem: "p", profile: "a", explanation })
      )
  })
})

describe("the guards of public errors", () => {
  const refused = new ProviderRefused({
    status: 400,
    class: "format",
    headers: {},
    body: "",
    profile: "a",
    explanation
  })
  const broken = new AnswerBroken({
    reason: "incomplete",
    class: "server",
    problem: "it ended early",
    profile: "a",
    explanation
  })

  it("tell them apart by their tags, also those of another copy of the package", () => {
    const tags = ["NoCredentials", "AllInCooldown", "LoginEnded", "CredentialsUnavailable"]
    for (const _tag of tags) assert.isTrue(isCredentialError({ _tag }), _tag)
    for (const other of [refused, broken, undefined, "NoCredentials", { _tag: "Other" }])
      assert.isFalse(isCredentialError(other))
    assert.deepStrictEqual(
      [refused, broken, {}].map((error) => [isProviderRefused(error), isAnswerBroken(error)]),
      [
        [true, false],
        [false, true],
        [false, false]
      ]
    )
  })

  it("the provider's own answers say what they are about", () => {
    assert.strictEqual(refused.message, "the provider refused the request (status 400, format)")
    assert.strictEqual(broken.message, "the provider's answer broke off: it ended early")
  })
})
