/**
 * The mode of the profile that follows Claude Code's login (decision S8): `oauth` accepts a setup
 * token too.
 *
 * before { auth: { profiles: { "anthropic:claude-cli": { provider: "anthropic", mode: "token" } } }
 * } after { auth: { profiles: { "anthropic:claude-cli": { provider: "anthropic", mode: "oauth" } }
 * } }
 */
import type { Step } from "./Draft.ts"

/** Exactly this profile, exactly this value. */
export const claudeCodeMode: Step = {
  name: "claudeCodeMode",
  run: (draft) => {
    const path = ["auth", "profiles", "anthropic:claude-cli", "mode"]
    if (draft.get(path) !== "token") return
    draft.set(path, "oauth", path)
    draft.say('Updated auth.profiles["anthropic:claude-cli"].mode → "oauth".')
  }
}
