/** Copies of a login (decision D36): the freshest is redeemed, and no other, whoever asks. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { run, textOf } from "../commandLine.ts"
import { gatewayHere } from "../gateway/running.ts"
import { ask, profile, staleCopy, storeOf, twoPeople } from "./copies.ts"

const printToken = ["models", "auth", "print-token", "--agent", "work"]

interface Finding {
  readonly id: string
  readonly what: string
  readonly fix: string
  readonly alternatives?: ReadonlyArray<string>
}

const doctor = (home: string, argv: ReadonlyArray<string> = []) =>
  Effect.map(
    run(home, ["doctor", "--json", ...argv]),
    ({
      stdout
    }): { readonly findings: ReadonlyArray<Finding>; readonly repaired: ReadonlyArray<string> } =>
      JSON.parse(stdout)
  )

const about = (findings: ReadonlyArray<Finding>) =>
  findings.filter(({ id }) => id.startsWith("login-"))

describe("a stale copy of a rotated login", () => {
  it.scopedLive("a request of its agent gets the cure, and the cure works", () =>
    Effect.gen(function* () {
      const { home, isUntouched } = yield* staleCopy()
      const running = yield* gatewayHere(home)
      const refused = yield* ask(running, "work")
      assert.strictEqual(refused.status, 401)
      assert.include(refused.text, "NoCredentials")
      assert.include(refused.text, "inheritFrom")
      const cure = "clawdbot agents add work --inherit-from main"
      assert.include(refused.text, cure)
      assert.strictEqual((yield* ask(running, "main")).status, 200)
      assert.isTrue(isUntouched())
      const cured = yield* run(home, cure.split(" ").slice(1))
      assert.strictEqual(cured.status, 0, cured.stderr)
      // A running gateway takes the changed config within a second.
      yield* Effect.repeat(ask(running, "work"), {
        until: ({ status }) => status === 200,
        // real time: looks until it holds, with a bound.
        schedule: Schedule.intersect(Schedule.spaced("100 millis"), Schedule.recurs(50))
      })
      assert.strictEqual((yield* ask(running, "work")).status, 200)
      assert.isTrue(isUntouched())
    })
  )

  it.scopedLive("its agent is served with the newest copy where it inherits", () =>
    Effect.gen(function* () {
      const { home, isUntouched, newest, upstream } = yield* staleCopy({ inherits: true })
      const running = yield* gatewayHere(home)
      assert.strictEqual((yield* ask(running, "work")).status, 200)
      assert.include(JSON.stringify(upstream.requests), newest.access)
      const printed = yield* run(home, printToken)
      assert.strictEqual(printed.stdout, newest.access)
      assert.isTrue(isUntouched())
    })
  )

  it.scopedLive("print-token and refresh name the cure, and leave the login alone", () =>
    Effect.gen(function* () {
      const { home, isUntouched } = yield* staleCopy()
      const printed = yield* run(home, printToken)
      assert.notStrictEqual(printed.status, 0)
      assert.strictEqual(printed.stdout, "")
      assert.include(printed.stderr, "fix: clawdbot agents add work --inherit-from main")
      const refreshed = yield* run(home, ["models", "auth", "refresh", profile, "--agent", "work"])
      assert.strictEqual(refreshed.status, 1)
      assert.include(refreshed.stderr, "superseded")
      assert.include(refreshed.stderr, "fix: clawdbot agents add work --inherit-from main")
      const all = yield* run(home, ["models", "auth", "refresh", "--agent", "work"])
      assert.include(all.stderr, `${profile} is not refreshed`)
      const status = yield* run(home, ["models", "status", "--agent", "work"])
      assert.include(status.stdout, "an older copy of another login")
      assert.isTrue(isUntouched())
    })
  )

  it.scopedLive("doctor names it, --fix takes it out, and --undo brings it back", () =>
    Effect.gen(function* () {
      const { before, home, isUntouched } = yield* staleCopy()
      const { findings } = yield* doctor(home)
      const [finding] = about(findings)
      assert.strictEqual(finding?.id, "login-superseded")
      assert.include(finding?.what, "anthropic:default of agent work")
      assert.include(finding?.alternatives?.join(), "clawdbot agents add work --inherit-from main")
      assert.include(yield* textOf(home, storeOf("work")), before.refresh)
      const { repaired } = yield* doctor(home, ["--fix"])
      const undo = repaired
        .join("\n")
        .match(/clawdbot (models auth logout \S+ --agent work --undo)/)
      assert.notInclude(yield* textOf(home, storeOf("work")), before.refresh)
      assert.deepStrictEqual(about((yield* doctor(home)).findings), [])
      const undone = yield* run(home, (undo?.[1] ?? "").split(" "))
      assert.strictEqual(undone.status, 0, undone.stderr)
      assert.include(yield* textOf(home, storeOf("work")), before.refresh)
      assert.deepStrictEqual(
        about((yield* doctor(home)).findings).map(({ id }) => id),
        ["login-superseded"]
      )
      assert.isTrue(isUntouched())
    })
  )
})

describe("two people's logins under one name", () => {
  it.scopedLive("both answer, nothing is removed, and doctor asks whose the older one is", () =>
    Effect.gen(function* () {
      const { endpoint, home, yours } = yield* twoPeople
      const running = yield* gatewayHere(home)
      for (const agent of ["main", "work"])
        assert.strictEqual((yield* ask(running, agent)).status, 200, agent)
      const found = about((yield* doctor(home, ["--fix", "--yes"])).findings)
      assert.deepStrictEqual(
        found.map(({ id }) => id),
        ["login-unclear"]
      )
      assert.include(found[0]?.fix, `clawdbot models auth different ${profile} --agent work`)
      assert.include(found[0]?.fix, `clawdbot models auth same ${profile} --agent work`)
      assert.include(yield* textOf(home, storeOf("work")), yours.refresh)
      assert.strictEqual(endpoint.families.counters().grants, 0)
    })
  )

  it.scopedLive("it is not refreshed until a person has said that it is another one", () =>
    Effect.gen(function* () {
      const { endpoint, home } = yield* twoPeople
      const refresh = ["models", "auth", "refresh", profile, "--agent", "work"]
      const asked = yield* run(home, refresh)
      assert.strictEqual(asked.status, 1)
      assert.include(asked.stderr, `clawdbot models auth different ${profile} --agent work`)
      assert.strictEqual(endpoint.families.counters().grants, 0)
      const said = yield* run(home, ["models", "auth", "different", profile, "--agent", "work"])
      assert.strictEqual(said.status, 0, said.stderr)
      assert.deepStrictEqual(about((yield* doctor(home)).findings), [])
      assert.strictEqual((yield* run(home, refresh)).status, 0)
      assert.deepInclude(endpoint.families.counters(), { grants: 1, reuses: 0 })
    })
  )

  it.scopedLive("or that it is the same: then it is a copy like any other", () =>
    Effect.gen(function* () {
      const { home } = yield* twoPeople
      const said = yield* run(home, ["models", "auth", "same", profile, "--agent", "work"])
      assert.strictEqual(said.status, 0, said.stderr)
      assert.include(said.stderr, "clawdbot agents add work --inherit-from main")
      assert.deepStrictEqual(
        about((yield* doctor(home)).findings).map(({ id }) => id),
        ["login-superseded"]
      )
    })
  )

  it.scopedLive("nobody is asked where there is nothing to decide", () =>
    Effect.gen(function* () {
      const { home } = yield* staleCopy()
      const none = yield* run(home, ["models", "auth", "same", "anthropic:other"])
      assert.strictEqual(none.status, 1)
      assert.include(none.stderr, "anthropic:other")
    })
  )
})
