/** Puts the files of a folder out of use after they were moved to a store. */
import * as path from "node:path"
import type { Disk } from "@clawdbot/node/File/Disk"
import { hasCode } from "@clawdbot/node/File/FileFailure"
import { isDayFile } from "@clawdbot/node/Usage/UsageFiles"
import { FileSystem } from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import { agentsOf, namesIn, type Places } from "./places.ts"
import { keptFiles } from "./readFolder.ts"

/** What a file is called that a move has put out of use. */
export const suffixOf = (id: string): string => `.moved-${id.slice(0, 8)}`

/** Every file that was moved, as far as it is there. */
const movedPaths = (places: Places) =>
  Effect.gen(function* () {
    const agents = yield* agentsOf(places)
    const ofAgents = yield* Effect.forEach(agents, (agent) =>
      Effect.map(keptFiles(agent), (kept) => [
        agent.store,
        agent.health,
        ...kept.map(({ file }) => file)
      ])
    )
    const usage = (yield* namesIn(places.usage)).filter(isDayFile)
    return [
      ...ofAgents.flat(),
      places.pins,
      places.clients,
      places.own,
      places.journal,
      ...usage.map((name) => path.join(places.usage, name))
    ]
  })

/**
 * Renames them, and gives those that could not be: they are out of use all the same, for this
 * program, which looks at what the folder says of itself.
 */
export const putOutOfUse = (
  places: Places,
  id: string
): Effect.Effect<ReadonlyArray<string>, never, Disk> =>
  Effect.gen(function* () {
    const files = yield* FileSystem
    const left: Array<string> = []
    for (const file of yield* movedPaths(places)) {
      const isDone = yield* files.rename(file, `${file}${suffixOf(id)}`).pipe(
        Effect.as(true),
        Effect.catchAll((refusal) => Effect.succeed(hasCode("ENOENT", "ENOTDIR")(refusal)))
      )
      if (!isDone) left.push(file)
    }
    return left
  })
