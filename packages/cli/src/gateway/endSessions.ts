/** Ends every session of the dashboard, and every link that was not opened. */
import { DashboardAccess } from "@clawdbot/domain/Client/DashboardAccess"
import * as DashboardAccessLocal from "@clawdbot/http/dashboard/DashboardAccessLocal"
import * as Effect from "effect/Effect"
import { sharedSnapshot } from "../sharedStore/sharedSnapshot.ts"

const end = Effect.flatMap(DashboardAccess, ({ endSessions }) => endSessions)

/**
 * Takes the key away that they are signed with, of the state folder or of the store that gateways
 * share. Gives whether there was one.
 */
export const endSessions = Effect.gen(function* () {
  const snapshot = yield* sharedSnapshot
  if (snapshot === undefined) return yield* Effect.provide(end, DashboardAccessLocal.layerFile)
  const { access } = yield* Effect.promise(() => import("../sharedStore/openStore.ts"))
  return yield* Effect.provide(end, access(snapshot))
})
