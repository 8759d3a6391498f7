/**
 * What could come next on a command line, by the specification of the commands. Pure; what only the
 * machine can tell is named, not looked up.
 */
import type { CommandSpec, Flag, Known, Values } from "../argv/spec.ts"

/** A word to offer, with a line about it. */
export interface Candidate {
  readonly value: string
  readonly describe: string
}

/** What to offer for the last word. */
export interface Offer {
  readonly candidates: ReadonlyArray<Candidate>
  /** To be looked up on this machine. */
  readonly known?: Known
  /** Stands before each value that is looked up: `--flag=`, or empty. */
  readonly before: string
  /** `--agent` as far as it was given. */
  readonly agent?: string
}

/** Switches before the first command word (globalFlags.ts). */
const globals: ReadonlyArray<Candidate> = [
  { value: "--profile", describe: "Use the state folder ~/.clawdbot-NAME." },
  { value: "--dev", describe: "The same as --profile dev." },
  { value: "--no-color", describe: "No colour." },
  { value: "--version", describe: "Print the version." }
]

const nothing: Offer = { candidates: [], before: "" }

const ofValues = (values: Values | undefined, before: string): Offer =>
  values === undefined
    ? nothing
    : typeof values === "string"
      ? { candidates: [], known: values, before }
      : {
          candidates: values.map((value) => ({ value: `${before}${value}`, describe: "" })),
          before
        }

const valuesOf = (flag: Flag | undefined): Values | undefined =>
  flag === undefined || flag.kind === "switch" ? undefined : flag.values

const isHidden = (flag: Flag): boolean =>
  ("hidden" in flag && flag.hidden === true) || flag.describe === "Does nothing."

/**
 * The offer for the last of the words; the ones before it are taken as they are. `words` come after
 * the program's name.
 */
export const complete = <R>(root: CommandSpec<R>, words: ReadonlyArray<string>): Offer => {
  const current = words.at(-1) ?? ""
  const done = words.slice(0, -1)
  let spec = root
  let agent: string | undefined
  let pending: string | undefined
  let onlyWords = false
  const given = new Set<string>()
  const own: Array<string> = []
  for (const word of done) {
    if (pending !== undefined) {
      if (pending === "agent") agent = word
      pending = undefined
    } else if (onlyWords) own.push(word)
    else if (word === "--") onlyWords = true
    else if (word.startsWith("--")) {
      const at = word.indexOf("=")
      const name = word.slice(2, at < 0 ? undefined : at)
      given.add(name)
      const flag = Object.hasOwn(spec.flags, name) ? spec.flags[name] : undefined
      if (at < 0 && flag !== undefined && flag.kind !== "switch") pending = name
      if (at >= 0 && name === "agent") agent = word.slice(at + 1)
    } else if (!word.startsWith("-")) {
      const next = own.length === 0 ? spec.below.find(({ name }) => name === word) : undefined
      if (next === undefined) own.push(word)
      else spec = next
    }
  }
  const withAgent = (offer: Offer): Offer => (agent === undefined ? offer : { ...offer, agent })
  if (pending !== undefined) return withAgent(ofValues(valuesOf(spec.flags[pending]), ""))
  const equals = current.startsWith("--") ? current.indexOf("=") : -1
  if (equals >= 0 && !onlyWords) {
    const name = current.slice(2, equals)
    const flag = Object.hasOwn(spec.flags, name) ? spec.flags[name] : undefined
    return withAgent(ofValues(valuesOf(flag), current.slice(0, equals + 1)))
  }
  if (current.startsWith("-") && !onlyWords) {
    const flags = Object.entries(spec.flags)
      .filter(([name, flag]) => !isHidden(flag) && (flag.kind === "many" || !given.has(name)))
      .map(([name, flag]) => ({ value: `--${name}`, describe: flag.describe }))
    const candidates = [
      ...flags,
      ...(spec === root ? globals : []),
      { value: "--help", describe: "Show the help." }
    ]
    return { candidates: candidates.filter(({ value }) => value.startsWith(current)), before: "" }
  }
  const below =
    own.length > 0 || onlyWords
      ? []
      : spec.below.map(({ describe, name }) => ({ value: name, describe }))
  const positions =
    spec.words === undefined || own.length >= spec.words.atMost ? [] : (spec.words.values ?? [])
  const offer = ofValues(positions[Math.min(own.length, positions.length - 1)], "")
  const candidates = [...below, ...offer.candidates].filter(({ value }) =>
    value.startsWith(current)
  )
  return withAgent({ ...offer, candidates })
}
