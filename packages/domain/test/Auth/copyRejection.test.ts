/** What a person reads of a copy of a login that is not used: why, and a command that cures it. */
import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import { copyRejection, loginEnded, unclear } from "@clawdbot/domain/Auth/copyRejection"
import type { Rejected } from "@clawdbot/domain/Auth/Explanation"
import type { CopyStatus, LoginCopy } from "@clawdbot/domain/OAuth/LoginCopies"
import * as Credential from "@clawdbot/domain/Profile/Credential"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import * as ProviderId from "@clawdbot/domain/Profile/ProviderId"
import { assert, describe, it } from "@effect/vitest"
import * as Redacted from "effect/Redacted"

const credential: Credential.OAuth = {
  type: "oauth",
  provider: ProviderId.anthropic,
  access: Redacted.make("access"),
  refresh: Redacted.make("refresh"),
  expires: 1,
  extra: Credential.noExtra
}
const profile = ProfileId.of("anthropic:my login")
const work = AgentId.normalize("work")

const copyIn = (owner: AgentId.AgentId): LoginCopy => ({
  owner,
  storePath: `/${owner}`,
  profile: ProfileId.of("anthropic:newer"),
  credential,
  fingerprint: "fingerprint",
  writtenAt: 0
})
const rejection = (copy: CopyStatus | undefined) =>
  copyRejection({ owner: work, profile, credential, copy })

describe("copyRejection", () => {
  it("has nothing against the only copy, the newest, and one that is used while it lives", () => {
    assert.isUndefined(rejection(undefined))
    assert.isUndefined(rejection({ _tag: "Newest" }))
    assert.isUndefined(rejection({ _tag: "Unclear", beside: copyIn(AgentId.main) }))
  })

  it("names the newer copy in the agent's own store, where there is nothing to do", () => {
    assert.deepStrictEqual(rejection({ _tag: "Superseded", by: copyIn(work) }), {
      profile,
      reason: "superseded",
      detail: "anthropic:newer is a newer copy of the same login"
    })
  })

  it("names the agent that has the newer copy, and how to use it", () => {
    assert.deepStrictEqual(rejection({ _tag: "Superseded", by: copyIn(AgentId.main) }), {
      profile,
      reason: "superseded",
      detail:
        "agent main has a newer copy of this login; agent work can use it through inheritFrom",
      cure: "clawdbot agents add work --inherit-from main"
    })
  })

  it("says why a login ended, and how to get another one under the same name", () => {
    const ended: Rejected = {
      profile,
      reason: "login ended",
      detail: "revoked",
      cure:
        "clawdbot models auth paste-token --provider anthropic --agent work " +
        "--profile-id 'anthropic:my login'"
    }
    assert.deepStrictEqual(rejection({ _tag: "Ended", cause: "revoked" }), ended)
    assert.deepStrictEqual(loginEnded({ owner: work, profile, credential }, "revoked"), ended)
  })
})

it("of an unclear copy a person is asked whose it is, in words to paste", () => {
  const { cure, detail, ...rest } = unclear({ owner: work, profile }, copyIn(AgentId.main))
  assert.deepStrictEqual(rest, { profile, reason: "unclear" })
  assert.strictEqual(
    detail,
    "it has expired and is not refreshed: agent main has a newer login under this name, and it " +
      "is unknown whether both belong to one account"
  )
  assert.strictEqual(
    cure,
    "if it is a different login: clawdbot models auth different 'anthropic:my login' --agent " +
      "work; " +
      "if it is the same: clawdbot models auth same 'anthropic:my login' --agent work"
  )
})
