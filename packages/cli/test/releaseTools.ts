/** The tools of a release, which are installed apart from the project's own. */
import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import * as Effect from "effect/Effect"
import { toEnd } from "./clawdbot.ts"

const cwd = fileURLToPath(new URL("../../../", import.meta.url))

/** Installs them unless they are there; gives the reason where that cannot be done here. */
export const releaseTools: Effect.Effect<string | undefined> = Effect.map(
  toEnd(() =>
    spawn("bash", ["-c", ". scripts/lib.sh; install_tools scripts/releasing tools"], { cwd })
  ),
  ({ status }) =>
    status === 0 ? undefined : "needs the tools of a release, which cannot be installed here"
)
