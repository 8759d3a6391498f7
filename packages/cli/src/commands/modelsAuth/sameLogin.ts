/**
 * `clawdbot models auth same|different`: a person's word about two logins that stand under one name
 * in the stores of two agents and do not name their accounts (decision D36). Loaded for commands;
 * nothing is refreshed and nothing is taken out here.
 */
import * as AgentRegistry from "@clawdbot/domain/Agent/AgentRegistry"
import { ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import { StatePaths } from "@clawdbot/domain/Environment/StatePaths"
import { isSameAccount, type LoginCopy } from "@clawdbot/domain/OAuth/LoginCopies"
import { RefreshJournal } from "@clawdbot/domain/OAuth/RefreshJournal"
import { copiesFor, makeReader } from "@clawdbot/domain/OAuth/readLoginCopies"
import * as ProfileDocument from "@clawdbot/domain/Profile/ProfileDocument"
import type * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import { ProfileStore } from "@clawdbot/domain/Profile/ProfileStore"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { NotOffered, ProfileUnknown } from "../../CliError.ts"
import { command, type Values } from "../../commandLine/definition.ts"
import * as CommandOptions from "../../commandLine/options.ts"
import { exit } from "../../exit.ts"
import { shellWord } from "../../shownCommand.ts"
import { IoStreams } from "../../terminal/IoStreams.ts"
import { agentFor } from "../agentFor.ts"

const options = { agent: CommandOptions.agent }
const args = { profile: CommandOptions.profileArgument }

/** The agent's login, what it is beside the others of its name, and those others. */
const lookUp = Effect.fnUntraced(function* (
  agent: AgentRegistry.Agent,
  profile: ProfileId.ProfileId
) {
  const profiles = yield* ProfileStore
  const { config } = yield* (yield* ConfigStore).load
  const registry = AgentRegistry.fromConfig(config, yield* StatePaths)
  const { copies } = yield* copiesFor(
    { profiles, read: makeReader(yield* RefreshJournal) },
    registry,
    [yield* profiles.read(agent.id)]
  )
  const named = copies.copies.filter((copy) => copy.profile === profile)
  const own = named.find(({ storePath }) => storePath === AgentRegistry.storePath(agent))
  if (own === undefined)
    return yield* new ProfileUnknown({ profile, where: agent.dir, problem: "missing" })
  const others = named.filter(
    ({ fingerprint, storePath }) => storePath !== own.storePath && fingerprint !== own.fingerprint
  )
  return { own, others, status: copies.statusOf(own) }
})

/** What is known for certain is not asked of anybody. */
const contradiction = (
  isSame: boolean,
  own: LoginCopy,
  others: ReadonlyArray<LoginCopy>
): string | undefined => {
  const { profile } = own
  if (others.length === 0) return `no other agent has a different login stored as ${profile}`
  const unmarked = { ...own.credential, sameLogin: undefined }
  const areApart = others.every(
    ({ credential }) => isSameAccount(unmarked, { ...credential, sameLogin: undefined }) === false
  )
  if (isSame && areApart) return `the logins stored as ${profile} belong to different accounts`
  return undefined
}

const decide = (isSame: boolean, values: Values<typeof options> & Values<typeof args>) =>
  Effect.gen(function* () {
    const io = yield* IoStreams
    const agent = yield* agentFor(values.agent)
    const profile = values.profile
    const { others, own } = yield* lookUp(agent, profile)
    const problem = contradiction(isSame, own, others)
    if (problem !== undefined)
      return yield* new NotOffered({
        what: problem,
        instead: "to see all copies of logins: clawdbot doctor"
      })
    yield* (yield* ProfileStore).modify(agent.id, (document) => {
      const credential = document.profiles.get(profile)
      if (credential?.type === "oauth")
        return Either.right({
          document: ProfileDocument.set(document, profile, { ...credential, sameLogin: isSame }),
          result: undefined
        })
      return Either.left(new ProfileUnknown({ profile, where: agent.dir, problem: "missing" }))
    })
    const { status } = yield* lookUp(agent, profile)
    yield* io.stdout(
      status._tag === "Superseded"
        ? `${profile} of agent ${agent.id} is an older copy of the login of agent ` +
            `${status.by.owner}, and is no longer used.`
        : `${profile} of agent ${agent.id} is now refreshed like any other login.`
    )
    if (status._tag === "Superseded") {
      yield* io.stderr(
        `to let agent ${agent.id} use that login: clawdbot agents add ${shellWord(agent.id)} ` +
          `--inherit-from ${shellWord(status.by.owner)}`
      )
      yield* io.stderr("to remove the older copy: clawdbot doctor --fix")
    }
    return exit.done
  })

/** Both are one login: the older one is a copy. */
export const same = command({
  name: "same",
  description: "Confirm that an agent's login is the one that other agents store under this name.",
  examples: ["clawdbot models auth same anthropic:default --agent work"],
  options,
  args,
  run: (values) => decide(true, values)
})

/** They are two logins: each is refreshed for itself. */
export const different = command({
  name: "different",
  description:
    "Confirm that an agent's login is not the one that other agents store under this name.",
  examples: ["clawdbot models auth different anthropic:default --agent work"],
  options,
  args,
  run: (values) => decide(false, values)
})
