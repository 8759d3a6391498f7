/** `ClaudeCodeLogin` over `~/.claude/.credentials.json`, or the folder that `CLAUDE_CONFIG_DIR` names. Read anew every time: a login is picked up at once. */
import * as fs from "node:fs/promises"
import * as path from "node:path"
import { ClaudeCodeLogin, ClaudeCodeUnreadable, decode } from "@clawdbot/domain/ClaudeCode/ClaudeCodeLogin"
import { Environment, lookup } from "@clawdbot/domain/Environment/Environment"
import { type Paths, resolve, StatePaths } from "@clawdbot/domain/Environment/StatePaths"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { codeOf } from "../File/FileFailure.ts"

/** Where Claude Code keeps its login, given the folder its variable names. */
export const credentialsPath = (paths: Pick<Paths, "home" | "workingFolder">, configDir: string | undefined): string =>
  path.join(configDir === undefined ? path.join(paths.home, ".claude") : resolve(paths, configDir), ".credentials.json")

/** The layer. */
export const layer: Layer.Layer<ClaudeCodeLogin, never, StatePaths | Environment> = Layer.effect(
  ClaudeCodeLogin,
  Effect.gen(function* () {
    const paths = yield* StatePaths
    const environment = yield* Environment
    const place = Effect.map(environment.base, (variables) => {
      const named = lookup({ variables, shell: { enabled: false, applied: [] } }, "CLAUDE_CONFIG_DIR")
      return credentialsPath(paths, Option.getOrUndefined(Option.map(named, ({ value }) => Redacted.value(value))))
    })
    return ClaudeCodeLogin.of({
      look: Effect.flatMap(place, (file) =>
        Effect.promise(() =>
          fs.access(file).then(
            () => ({ present: true, place: file }),
            () => ({ present: false, place: file })
          )
        )
      ),
      read: Effect.gen(function* () {
        const file = yield* place
        const fail = (reason: ClaudeCodeUnreadable["reason"]) => new ClaudeCodeUnreadable({ place: file, reason })
        const text = yield* Effect.tryPromise({
          try: () => fs.readFile(file, "utf8"),
          catch: (cause) => fail(codeOf(cause) === "ENOENT" ? "missing" : "not readable")
        })
        const value = yield* Effect.try({ try: (): unknown => JSON.parse(text), catch: () => fail("not readable") })
        return yield* Option.match(decode(value), { onNone: () => fail("no login in it"), onSome: Effect.succeed })
      })
    })
  })
)
