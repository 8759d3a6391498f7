/** `followLogin` over this machine's layers. Loaded only where somebody follows Claude Code. */
import type { AgentId } from "@clawdbot/domain/Agent/AgentId"
import { followLogin } from "@clawdbot/domain/ClaudeCode/followLogin"
import * as SharedLoginMachine from "@clawdbot/node/ClaudeCode/SharedLoginMachine"
import * as RefreshJournalFile from "@clawdbot/node/OAuth/RefreshJournalFile"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

/** Brings an agent's profile into step with Claude Code's login. */
export const follow = (agent: AgentId) =>
  followLogin(agent).pipe(Effect.provide(Layer.merge(SharedLoginMachine.layer, RefreshJournalFile.layer)))
