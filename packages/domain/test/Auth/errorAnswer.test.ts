/** What a client is answered that got no credential: status, headers, words (decision D29). */
import { assert, describe, it } from "@effect/vitest"
import {
  AllInCooldown,
  CredentialsUnavailable,
  LoginEnded,
  NoCredentials
} from "../../src/Auth/credentialFailures.ts"
import type { Explanation } from "../../src/Auth/Explanation.ts"
import { type AnswerOptions, toResponse, upstreamUnavailable } from "../../src/Auth/errorAnswer.ts"

const now = 1_800_000_000_000
const candidate = {
  profile: "a b",
  kind: "api_key",
  owner: "work",
  state: "cooling",
  place: "preferred",
  obstacles: []
} as const
const explanation: Explanation = {
  agent: "main",
  provider: "anthropic",
  storePath: "/stores/main",
  candidates: [candidate],
  rejected: []
}
const ofProgram: Explanation = { ...explanation, storePath: "program:" }
const asked = { agent: "main", provider: "anthropic" }
const gateway: AnswerOptions = { requestId: "req_1", host: "On the gateway host" }

/** An answer with its envelope read, in the parts that decide what a client does. */
const told = ({ body, headers, status }: ReturnType<typeof toResponse>) => {
  const { error, request_id, type } = JSON.parse(body)
  return {
    status,
    headers,
    type: error.type,
    code: error.details.error_code,
    message: error.message,
    envelope: [type, request_id]
  }
}
const answer = (error: Parameters<typeof toResponse>[0], options: AnswerOptions = {}) =>
  told(toResponse(error, now, options))

describe("all credentials cool down", () => {
  const cooling = (more: Partial<ConstructorParameters<typeof AllInCooldown>[0]> = {}) =>
    new AllInCooldown({
      reason: "cooldown",
      retryAt: now + 29_500,
      heldBack: [],
      ...asked,
      explanation,
      ...more
    })
  const sentence = "No available auth profile for anthropic (all in cooldown/unavailable): a b."

  it("is a 429 that says when the next request is possible and how a cooldown is ended", () => {
    assert.deepStrictEqual(answer(cooling(), gateway), {
      status: 429,
      headers: { "content-type": "application/json", "request-id": "req_1", "retry-after": "30" },
      type: "rate_limit_error",
      code: "AllInCooldown",
      message:
        `${sentence} The next request is possible in 30 s. On the gateway host: clawdbot models ` +
        "status; to end a cooldown now: clawdbot models auth clear 'a b' --agent work",
      envelope: ["error", "req_1"]
    })
  })

  it("is one second at least, also where the time has come", () => {
    for (const retryAt of [now, now - 5_000, now + 1, now + 1_000])
      assert.strictEqual(answer(cooling({ retryAt })).headers["retry-after"], "1")
    assert.strictEqual(answer(cooling({ retryAt: now + 1_001 })).headers["retry-after"], "2")
  })

  it("is a 402 where all are out of credit, which no client tries again", () => {
    const found = answer(cooling({ reason: "out-of-credit" }))
    assert.deepInclude(found, { status: 402, type: "billing_error", code: "AllInCooldown" })
    assert.strictEqual(found.headers["x-should-retry"], "false")
    assert.include(found.message, "On this machine: clawdbot models status")
  })

  it("is a 401 where the provider refuses all of them, without a time that ends nothing", () => {
    const found = answer(cooling({ reason: "refused", retryAt: 0 }))
    assert.deepInclude(found, { status: 401, type: "authentication_error" })
    assert.deepStrictEqual(
      [found.headers["x-should-retry"], found.headers["retry-after"]],
      ["false", undefined]
    )
    assert.isTrue(found.message.startsWith(`${sentence} On this machine`), found.message)
  })

  it("names keys that are held back, with the setting that uses them", () => {
    const { message } = answer(cooling({ heldBack: ["env:A", "env:B"] }))
    assert.include(
      message,
      " env:A, env:B was not used: beside a subscription, a pay-per-use key is used only with " +
        "auth.payAsYouGoFallback: true. On this machine"
    )
  })

  it("names no cooldown to end where there is no candidate", () => {
    const { message } = answer(cooling({ explanation: { ...explanation, candidates: [] } }))
    assert.isTrue(message.endsWith("On this machine: clawdbot models status"), message)
  })

  it("names no command to a program that gives its keys itself", () => {
    const program = { explanation: ofProgram }
    const cooled = answer(cooling(program))
    assert.strictEqual(cooled.message, `${sentence} The next request is possible in 30 s.`)
    const refused = answer(cooling({ ...program, reason: "refused", retryAt: 0 }))
    assert.strictEqual(
      refused.message,
      `${sentence} Give the program keys that the provider accepts.`
    )
    const held = answer(cooling({ ...program, heldBack: ["k"], retryAt: 0 }))
    assert.include(held.message, " only with payAsYouGoFallback: true.")
  })
})

describe("no credential at all", () => {
  const nothing = (more: Partial<Explanation> = {}) =>
    new NoCredentials({
      reason: "nothing-configured",
      ...asked,
      explanation: { ...explanation, ...more }
    })
  const rejected = [
    { profile: "a", reason: "expired", detail: "2026", cure: "clawdbot cure a" },
    { profile: "b", reason: "no secret", cure: "clawdbot cure b" },
    { profile: "c", reason: "unclear", detail: "two" }
  ] as const
  const unusable = (profile?: string, storePath = "/stores/main") =>
    new NoCredentials({
      reason: "none-usable",
      ...asked,
      profile,
      explanation: { ...explanation, storePath, rejected }
    })

  it("is a 401 that names the commands to add one", () => {
    assert.deepStrictEqual(answer(nothing()), {
      status: 401,
      headers: { "content-type": "application/json", "x-should-retry": "false" },
      type: "authentication_error",
      code: "NoApiKey",
      message:
        'No API key found for provider "anthropic" (agent "main"). Add one: clawdbot models ' +
        "auth paste-token --provider anthropic --agent main, or: clawdbot onboard",
      envelope: ["error", undefined]
    })
  })

  it("names the store and the machine to whoever asks the gateway", () => {
    const { message } = answer(nothing(), gateway)
    assert.include(message, '(agent "main", store /stores/main). Add one on the gateway host: ')
  })

  it("is not cured by what would cure other profiles where nothing is configured", () => {
    assert.include(answer(nothing({ rejected })).message, "Add one: clawdbot models auth paste")
  })

  it("says why each profile cannot be used, and the cure of the first", () => {
    const found = answer(unusable())
    assert.strictEqual(found.code, "NoCredentials")
    assert.strictEqual(
      found.message,
      'No credentials found for profiles "a" (expired), "b" (no secret), "c" (unclear) ' +
        '(agent "main"). ' +
        "a: 2026; c: two. On this machine: clawdbot cure a"
    )
  })

  it("says the cure of the profile that was asked for", () => {
    const found = answer(unusable("b"), gateway)
    assert.strictEqual(
      found.message,
      'No credentials found for profile "b" (agent "main", store /stores/main). a: 2026; c: two. ' +
        "On the gateway host: clawdbot cure b"
    )
  })

  it("says the cure of a login that has ended, and names all profiles", () => {
    const ended = new LoginEnded({
      profile: "b",
      ...asked,
      explanation: { ...explanation, rejected }
    })
    const found = answer(ended)
    assert.deepInclude(found, { status: 401, code: "NoCredentials" })
    assert.include(found.message, 'profiles "a" (expired), "b" (no secret), "c" (unclear)')
    assert.isTrue(found.message.endsWith("On this machine: clawdbot cure a"), found.message)
  })

  it("names no command to a program that gives its keys itself", () => {
    const none = answer(nothing({ storePath: "program:" })).message
    assert.isTrue(none.endsWith(". Give the program a key."), none)
    const bad = answer(unusable(undefined, "program:")).message
    assert.isTrue(bad.endsWith(". Check the keys that the program gives, and their order."), bad)
  })
})

describe("credentials that cannot be read, or a login that cannot be refreshed", () => {
  const unavailable = (
    reason: CredentialsUnavailable["reason"],
    more: Partial<ConstructorParameters<typeof CredentialsUnavailable>[0]> = {}
  ) =>
    new CredentialsUnavailable({
      reason,
      code: "SomeError",
      problem: "the problem",
      cause: new Error("the whole problem at /stores/main"),
      explanation,
      ...more
    })

  it("is a 503 while a login cannot be refreshed, and says that nothing is lost", () => {
    const cure = "clawdbot models auth refresh a"
    const found = answer(unavailable("refresh", { cure }), gateway)
    assert.deepInclude(found, { status: 503, type: "api_error", code: "SomeError" })
    assert.strictEqual(found.headers["retry-after"], "5")
    assert.strictEqual(
      found.message,
      "the problem. Nothing was deleted, and the refresh is retried automatically. " +
        `On the gateway host: ${cure}`
    )
    assert.deepStrictEqual(found.envelope, ["error", "req_1"])
    assert.isTrue(
      answer(unavailable("refresh")).message.endsWith("On this machine: clawdbot models status")
    )
  })

  it("waits for the time that is known, and no shorter than the next try takes", () => {
    const after = (retryAt: number) =>
      answer(unavailable("refresh", { retryAt })).headers["retry-after"]
    assert.strictEqual(after(now + 90_000), "90")
    assert.strictEqual(after(now + 1_000), "5")
  })

  it("is a 500 that names the command for the config, or the state of everything else", () => {
    const found = answer(unavailable("config"))
    assert.deepInclude(found, { status: 500, type: "api_error", code: "SomeError" })
    assert.strictEqual(found.message, "the problem. On this machine: clawdbot config validate")
    for (const reason of ["store", "environment"] as const)
      assert.strictEqual(
        answer(unavailable(reason)).message,
        "the problem. On this machine: clawdbot models status"
      )
  })

  it("names files of the machine only to whoever asks its gateway", () => {
    assert.strictEqual(
      answer(unavailable("store"), gateway).message,
      "the whole problem at /stores/main. On the gateway host: clawdbot models status"
    )
    for (const cause of ["no error", undefined]) {
      const unknown = unavailable("store", { cause })
      assert.isTrue(answer(unknown, gateway).message.startsWith("the problem. "))
    }
  })

  it("names no command to a program that gives its keys itself", () => {
    const found = answer(unavailable("config", { explanation: ofProgram }), gateway)
    assert.deepInclude(found, {
      status: 500,
      type: "api_error",
      message: "the problem",
      code: "SomeError"
    })
    assert.deepStrictEqual(found.envelope, ["error", "req_1"])
  })
})

describe("a provider that gave no words", () => {
  it("is a 502 that may be tried again", () => {
    const found = told(upstreamUnavailable({ class: "server" }, { requestId: "req_1" }))
    assert.deepStrictEqual(found, {
      status: 502,
      headers: { "content-type": "application/json", "request-id": "req_1" },
      type: "api_error",
      code: "UpstreamUnavailable",
      message: "no response from the provider",
      envelope: ["error", "req_1"]
    })
  })

  it("is a 504 where it took too long", () => {
    const found = told(upstreamUnavailable({ class: "timeout", message: "too long" }))
    assert.deepInclude(found, { status: 504, type: "timeout_error", message: "too long" })
    assert.strictEqual(found.headers["x-should-retry"], undefined)
  })

  it("names what finds out why to whoever asks a gateway, where no response came at all", () => {
    const failure = { class: "network", message: "cannot be reached" }
    const { message } = told(upstreamUnavailable(failure, gateway))
    assert.match(message, /^cannot be reached\. On the gateway host: clawdbot /)
    assert.strictEqual(told(upstreamUnavailable(failure)).message, "cannot be reached")
    const answered = { ...failure, status: 500 }
    assert.strictEqual(told(upstreamUnavailable(answered, gateway)).message, "cannot be reached")
  })
})
