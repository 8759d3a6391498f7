/**
 * A state folder goes from the first edition to this version and back (decision D48): each reads
 * what the other wrote, and no profile is lost. Needs the repository's history; without it nothing
 * is tested, and the run says so.
 */
import * as fs from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { entry, home } from "../clawdbot.ts"
import { build, isAvailable } from "./build.ts"
import { command, ids, leaveTraces } from "./leaveTraces.ts"

const agentFile = (folder: string, name: string) => `${folder}/.clawdbot/agents/main/agent/${name}`
const profilesIn = (folder: string, name: string): Readonly<Record<string, unknown>> =>
  JSON.parse(fs.readFileSync(agentFile(folder, name), "utf8")).profiles

/** Everything a build says about a state folder, and that it says it without a complaint. */
const readBy = (program: string, folder: string) => {
  const { run } = command(program, folder)
  const json = (...argv: ReadonlyArray<string>) => {
    const ran = run(...argv, "--json")
    assert.strictEqual(ran.status, 0, `${argv.join(" ")}: ${ran.stderr}`)
    return JSON.parse(ran.stdout)
  }
  const { auth } = json("models", "status")
  const { order } = json("models", "auth", "order", "get", "--provider", "anthropic")
  const token = run("models", "auth", "print-token", "--profile-id", "anthropic:ok")
  assert.strictEqual(token.status, 0, token.stderr)
  return {
    profiles: auth.oauth.profiles.map(({ profileId }: { profileId: string }) => profileId).sort(),
    resting: auth.unusableProfiles.map(({ profileId }: { profileId: string }) => profileId),
    chosen: auth.explanation.chosen,
    order,
    token: token.stdout
  }
}

describe.skipIf(!isAvailable)("a state folder between the first edition and this version", () => {
  it.scopedLive(
    "is read by each when the other wrote it, and keeps every profile",
    () =>
      Effect.gen(function* () {
        const first = yield* build
        for (const [from, to] of [
          [first, entry],
          [entry, first]
        ] as const) {
          const folder = yield* home
          yield* Effect.promise(() => leaveTraces(from, folder))
          if (from === entry) {
            // What only this version and later ones write.
            const file = agentFile(folder, "auth-health.json")
            const health = JSON.parse(fs.readFileSync(file, "utf8"))
            health.profiles["anthropic:ok"].residency = "eu"
            health.profiles["anthropic:ok"].windows.push({
              scope: "zone:x",
              until: Date.now() + 1_000,
              class: "region_blocked",
              source: "z",
              observedAt: Date.now()
            })
            fs.writeFileSync(file, JSON.stringify(health))
            yield* Effect.sleep("1 second")
          }
          const own = readBy(from, folder)
          const read = readBy(to, folder)
          assert.deepStrictEqual(read.profiles, [...ids].sort())
          assert.deepStrictEqual(read.order, own.order)
          assert.strictEqual(read.token, own.token)
          // The first edition passes over scopes that it does not know.
          if (to === entry) assert.strictEqual(read.chosen, "anthropic:ok")
          else assert.include(ids, read.chosen)
          // The other one writes both files; nothing of the profiles is gone, for neither.
          const { run } = command(to, folder)
          assert.strictEqual(run("models", "auth", "clear", "anthropic:limited").status, 0)
          assert.strictEqual(run("models", "auth", "disable", "anthropic:credit").status, 0)
          for (const name of ["auth-profiles.json", "auth-health.json"])
            assert.includeMembers(Object.keys(profilesIn(folder, name)), ids)
          const back = readBy(from, folder)
          assert.deepStrictEqual(
            [back.profiles, back.chosen],
            [[...ids].sort(), "anthropic:limited"]
          )
          assert.notInclude(back.resting, "anthropic:limited")
        }
      }),
    600_000
  )
})

if (!isAvailable) console.warn("first edition: not tested, its commit is not in this history")
