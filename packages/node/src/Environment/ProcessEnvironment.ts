/**
 * `Environment` of this process: its own variables, then the `.env` of the state folder, then that
 * of the working folder (only `ANTHROPIC_*`, decisions D19a and D46). A variable that exists is
 * never replaced, even a blank one. Nothing is put into `process.env`.
 */
import * as path from "node:path"
import {
  Environment,
  type Variable,
  type VariableSource
} from "@clawdbot/domain/Environment/Environment"
import { StatePaths } from "@clawdbot/domain/Environment/StatePaths"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Ref from "effect/Ref"
import * as Disk from "../File/Disk.ts"
import { readDotEnv } from "./dotEnv.ts"
import * as LoginShell from "./loginShell.ts"

/**
 * What a `.env` of the working folder may set: a cloned repository must not be able to move
 * anything.
 */
const isAllowedInWorkingFolder = (name: string): boolean => name.startsWith("ANTHROPIC_")

const isBlank = (text: string | undefined): boolean => text === undefined || text.trim() === ""

type Variables = Readonly<Record<string, string | undefined>>

/** The service over given variables. */
export const make = (
  env: Variables
): Effect.Effect<Context.Tag.Service<Environment>, never, StatePaths | Disk.Disk> =>
  Effect.gen(function* () {
    const paths = yield* StatePaths
    const onDisk = yield* Disk.provider
    const base = yield* Effect.cached(
      Effect.gen(function* () {
        const variables = new Map<string, Variable>()
        const add = (name: string, value: string, source: VariableSource): void => {
          if (!variables.has(name)) variables.set(name, { value: Redacted.make(value), source })
        }
        for (const [name, value] of Object.entries(env))
          if (value !== undefined) add(name, value, { _tag: "Process" })
        const state = path.join(paths.stateDir, ".env")
        for (const [name, value] of yield* readDotEnv(state))
          add(name, value, { _tag: "DotEnv", file: state, folder: "state" })
        const here = path.join(paths.workingFolder, ".env")
        if (here === state) return variables
        for (const [name, value] of yield* readDotEnv(here)) {
          if (isAllowedInWorkingFolder(name))
            add(name, value, { _tag: "DotEnv", file: here, folder: "working" })
        }
        return variables
      }).pipe(onDisk)
    )
    const answer = yield* Ref.make(Option.none<LoginShell.ShellAnswer>())
    const permit = yield* Effect.makeSemaphore(1)
    const shell = isBlank(env.SHELL) ? "/bin/sh" : String(env.SHELL).trim()
    return Environment.of({
      base,
      loginShell: (timeoutMs) =>
        Effect.gen(function* () {
          const known = yield* Ref.get(answer)
          if (Option.isSome(known)) return known.value
          const fresh = yield* LoginShell.ask(shell, env, timeoutMs)
          yield* Ref.set(answer, Option.some(fresh))
          return fresh
        }).pipe(permit.withPermits(1))
    })
  })

/** The layer over given variables. */
export const layerWith = (
  env: Variables
): Layer.Layer<Environment, never, StatePaths | Disk.Disk> => Layer.effect(Environment, make(env))

/** The layer over this process' own variables. */
export const layer: Layer.Layer<Environment, never, StatePaths | Disk.Disk> = Layer.suspend(() =>
  layerWith(process.env)
)
