/** Ends every session of the dashboard, and every link that was not opened. */

import { GatewayTokensUnavailable } from "@clawdbot/domain/Client/AccessTokens"
import { StatePaths } from "@clawdbot/domain/Environment/StatePaths"
import { revoke, sessionKeyPath } from "@clawdbot/http/dashboard/SessionKey"
import { codeOf } from "@clawdbot/node/File/FileFailure"
import * as Effect from "effect/Effect"

/**
 * Takes the key away that sessions are signed with. A gateway that runs sees it at the next look,
 * and one that does not run needs not be asked. Gives whether there was one.
 */
export const endSessions = Effect.flatMap(StatePaths, ({ stateDir }) => {
  const path = sessionKeyPath(stateDir)
  return Effect.try({
    try: () => revoke(path),
    catch: (cause) =>
      new GatewayTokensUnavailable({ path, operation: "write", code: codeOf(cause) })
  })
})
