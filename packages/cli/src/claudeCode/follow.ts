/** `followLogin` over this machine's layers. Loaded only where somebody follows Claude Code. */
import type { AgentId } from "@clawdbot/domain/Agent/AgentId"
import { followLogin } from "@clawdbot/domain/ClaudeCode/followLogin"
import * as Effect from "effect/Effect"
import { place } from "./place.ts"

/**
 * Brings an agent's profile into step with Claude Code's login. `interactive`: somebody asked for
 * just this, and is there to answer.
 */
export const follow = (agent: AgentId, interactive = false) =>
  followLogin(agent).pipe(Effect.provide(place(interactive)))
