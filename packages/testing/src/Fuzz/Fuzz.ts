/**
 * Runs one kind of input after the other against something that must take them all: seeded, so that
 * every run can be had again; bounded; and with what came of each in the order of the runs.
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import * as fc from "fast-check"

/** The longest a run may take, in ms. */
export const limitMs = 5_000

/** So many inputs come from one seed of the generator. */
const batchSize = 50

/** A kind of input. */
export interface Kind {
  readonly name: string
  /** Sets up what the inputs are given to. */
  readonly open: Effect.Effect<OpenKind, unknown, Scope.Scope>
}

/** A kind that is ready. */
export interface OpenKind {
  /** The runs of a batch. */
  readonly batch: (seed: number) => ReadonlyArray<Run>
}

/** One run, and its input for a person to read. */
export interface Run {
  readonly input: string
  readonly check: () => Promise<void>
}

/** Defines a kind. `open` gives what fails where an input was not taken as it should. */
export const kind = <A>(
  name: string,
  arbitrary: fc.Arbitrary<A>,
  open: Effect.Effect<(input: A) => Promise<void>, unknown, Scope.Scope>
): Kind => ({
  name,
  open: Effect.map(open, (check) => ({
    batch: (seed) =>
      fc.sample(arbitrary, { seed, numRuns: batchSize }).map((input) => ({
        input: fc.stringify(input),
        check: () => check(input)
      }))
  }))
})

/** An input that was not taken as it should. */
export interface Finding {
  readonly kind: string
  readonly seed: number
  readonly index: number
  readonly problem: string
  readonly input: string
}

/** Which runs. */
export interface Plan {
  readonly seed: number
  /** The first run, from 0. */
  readonly from: number
  readonly to: number
  /** Before each run: for whoever watches from outside. */
  readonly onRun?: (index: number) => void
  readonly onFinding?: (finding: Finding) => void
}

const timedOut = Symbol("timed out")

const describe = (cause: unknown): string => {
  if (cause instanceof Error) return cause.stack ?? cause.message
  return String(cause)
}

/** One check, with what goes wrong beside it. */
const attempt = async ({ check }: Run): Promise<string | undefined> => {
  const strays: Array<string> = []
  const stray = (cause: unknown) => void strays.push(`unhandled: ${describe(cause)}`)
  process.on("unhandledRejection", stray)
  process.on("uncaughtException", stray)
  const started = performance.now()
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<typeof timedOut>((resolve) => {
    timer = setTimeout(() => resolve(timedOut), limitMs)
  })
  try {
    const ended = await Promise.race([check(), timeout])
    const took = performance.now() - started
    if (ended === timedOut || took > limitMs) return `took longer than ${limitMs} ms`
  } catch (cause) {
    return describe(cause)
  } finally {
    clearTimeout(timer)
    // What was left behind by this run is reported before the next one begins.
    await new Promise((resolve) => setImmediate(resolve))
    process.off("unhandledRejection", stray)
    process.off("uncaughtException", stray)
  }
  return strays[0]
}

/** Carries out the runs of a kind. */
export const run = async (one: Kind, plan: Plan): Promise<ReadonlyArray<Finding>> => {
  const scope = Effect.runSync(Scope.make())
  const findings: Array<Finding> = []
  try {
    const opened = await Effect.runPromise(Scope.extend(one.open, scope))
    let batch: ReadonlyArray<Run> = []
    for (let index = plan.from; index < plan.to; index++) {
      const within = index % batchSize
      if (within === 0 || batch.length === 0)
        batch = opened.batch(plan.seed + 1_000_003 * Math.floor(index / batchSize))
      const current = batch[within]
      if (current === undefined) continue
      plan.onRun?.(index)
      const problem = await attempt(current)
      if (problem === undefined) continue
      const finding = { kind: one.name, seed: plan.seed, index, problem, input: current.input }
      findings.push(finding)
      plan.onFinding?.(finding)
    }
  } finally {
    await Effect.runPromise(Scope.close(scope, Exit.void))
  }
  return findings
}
