/** Carrying out a change of the models: the edit, then the words for it. */

import {
  type ConfigEdit,
  type ConfigSnapshot,
  ConfigStore
} from "@clawdbot/domain/Config/ConfigStore"
import { StatePaths, shorten } from "@clawdbot/domain/Environment/StatePaths"
import * as Effect from "effect/Effect"
import type * as Either from "effect/Either"
import type { ModelUnknown } from "../../CliError.ts"
import { exit } from "../../exit.ts"
import { IoStreams } from "../../terminal/IoStreams.ts"
import type { Lines } from "../../terminal/lines.ts"

/** Edits the config and says what holds now; a file that says it already is left alone. */
export const edit = (
  change: (snapshot: ConfigSnapshot) => Either.Either<ReadonlyArray<ConfigEdit>, ModelUnknown>,
  words: (snapshot: ConfigSnapshot) => Lines
) =>
  Effect.gen(function* () {
    const store = yield* ConfigStore
    const io = yield* IoStreams
    const paths = yield* StatePaths
    const report = yield* store.edit(change)
    const file = shorten(paths, report.path)
    yield* io.stdout(report.changed ? `Updated ${file}` : `${file}: already set`)
    yield* io.stdout(words(yield* store.load))
    return exit.done
  })
