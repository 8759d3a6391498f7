/**
 * Stores a credential as every command does it (decision D38): asks at a terminal where the id is
 * taken, and says what became of what was there.
 */

import type { AgentId } from "@clawdbot/domain/Agent/AgentId"
import * as AgentRegistry from "@clawdbot/domain/Agent/AgentRegistry"
import { ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import { StatePaths } from "@clawdbot/domain/Environment/StatePaths"
import * as Credential from "@clawdbot/domain/Profile/Credential"
import { type Enrolled, enrol, type OnTaken } from "@clawdbot/domain/Profile/enrolment"
import type { ProfileId } from "@clawdbot/domain/Profile/ProfileId"
import type { Placement } from "@clawdbot/domain/Profile/placement"
import * as Secret from "@clawdbot/domain/Profile/Secret"
import { textIf } from "@clawdbot/domain/Text/textIf"
import * as Effect from "effect/Effect"
import * as Input from "./input.ts"
import { logoutCommand, withProfile } from "./shownCommand.ts"
import { IoStreams } from "./terminal/IoStreams.ts"

const kinds = { api_key: "an API key", token: "a setup token", oauth: "a login" } as const

/** Without a terminal both are kept: nothing is lost, and the new one is used first. */
const keepBoth: Effect.Effect<OnTaken> = Effect.succeed("keep both")

const ask = ({ free, profile, stored }: Extract<Placement, { readonly _tag: "Taken" }>) => {
  const held = `${kinds[stored.type]} (${Secret.mask(Credential.secret(stored))})`
  return Input.choose<OnTaken>(`${profile} already has ${held}, which may still work`, [
    { key: "replace", title: "Replace it (the old one can be restored)" },
    { key: "keep both", title: `Keep both: store the new one as ${free}` }
  ])
}

/** What is said on standard error; commands are whole lines, to be pasted. */
const notices = (
  { beside, holder, profile, replaced }: Enrolled,
  wanted: ProfileId,
  agent: string | undefined
): ReadonlyArray<string> => {
  const why = textIf(!(replaced === undefined || replaced === "named"), ` (${replaced})`)
  return [
    ...(replaced === undefined
      ? []
      : [
          `clawdbot: replaced the credential of ${profile}${why}; the old one is kept`,
          `  to restore it: ${logoutCommand(profile, agent, "undo")}`
        ]),
    ...(holder === undefined
      ? []
      : [
          `clawdbot: agent ${holder} uses the id ${wanted} for another type of ` +
            `credential; the new one is stored as ${profile}`
        ]),
    ...(beside === undefined
      ? []
      : [
          `clawdbot: kept the credential of ${beside}; the new one is stored as ${profile}`,
          `  to remove the new one: ${logoutCommand(profile, agent)}`,
          `  to use only the new one: ${logoutCommand(beside, agent)}`
        ])
  ]
}

/** Stores it; `mayAsk` is whether somebody is there to answer. */
export const enrolCredential = Effect.fn("enrolCredential")(function* (options: {
  readonly agent: AgentId
  readonly profile: ProfileId
  readonly isNamed: boolean
  readonly credential: Credential.Credential
  readonly mayAsk: boolean
}) {
  const { agent, mayAsk, profile } = options
  const io = yield* IoStreams
  const paths = yield* StatePaths
  const { config } = yield* (yield* ConfigStore).load
  const { defaultAgent } = AgentRegistry.fromConfig(config, paths)
  const enrolled = yield* enrol({
    ...options,
    onTaken: (taken) => (mayAsk && io.interactive ? ask(taken) : keepBoth)
  })
  const lines = notices(enrolled, profile, agent === defaultAgent ? undefined : agent)
  for (const line of lines) yield* io.stderr(withProfile(line, paths.profileName))
  return enrolled
})
