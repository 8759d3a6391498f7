/**
 * What a definition says about one option or argument, for the guard, the help and the completion:
 * read back from `@effect/cli`, so that nothing is said twice. Pure.
 */
import * as Args from "@effect/cli/Args"
import type * as HelpDoc from "@effect/cli/HelpDoc"
import type * as Span from "@effect/cli/HelpDoc/Span"
import * as Options from "@effect/cli/Options"
import type * as Usage from "@effect/cli/Usage"
import * as Option from "effect/Option"

/** One option. `name` is without its dashes. */
export interface OptionFacts {
  readonly name: string
  readonly description: string
  /** What the help calls its value; undefined for a switch, which has none. */
  readonly placeholder: string | undefined
  /** The only values it takes, where there is such a list. */
  readonly choices: ReadonlyArray<string> | undefined
  readonly isRepeated: boolean
}

/** One argument, and how often it may be given. */
export interface ArgumentFacts {
  readonly name: string
  readonly description: string
  readonly choices: ReadonlyArray<string> | undefined
  readonly atLeast: number
  readonly atMost: number
}

interface Named {
  readonly name: string
  readonly accepted: string | undefined
  readonly isRepeated: boolean
}

/** The one name in the usage of a single option or argument. */
const namedIn = (usage: Usage.Usage, isRepeated = false): Named => {
  switch (usage._tag) {
    case "Named":
      return {
        name: usage.names.at(-1) ?? "",
        accepted: Option.getOrUndefined(usage.acceptedValues),
        isRepeated
      }
    case "Optional":
      return namedIn(usage.usage, isRepeated)
    case "Repeated":
      return namedIn(usage.usage, true)
    case "Alternation":
    case "Concat":
      return namedIn(usage.left, isRepeated)
    case "Empty":
    case "Mixed":
      return { name: "", accepted: undefined, isRepeated }
  }
}

const spanText = (span: Span.Span): string => {
  switch (span._tag) {
    case "Text":
    case "URI":
      return span.value
    case "Highlight":
    case "Strong":
    case "Weak":
      return spanText(span.value)
    case "Sequence":
      return `${spanText(span.left)}${spanText(span.right)}`
  }
}

/** The paragraphs of a text of the library, such as what it says about a wrong value. */
export const paragraphs = (doc: HelpDoc.HelpDoc): ReadonlyArray<string> => {
  switch (doc._tag) {
    case "Paragraph":
    case "Header":
      return [spanText(doc.value)]
    case "Sequence":
      return [...paragraphs(doc.left), ...paragraphs(doc.right)]
    case "DescriptionList":
      return doc.definitions.flatMap(([, block]) => paragraphs(block))
    case "Enumeration":
      return doc.elements.flatMap(paragraphs)
    case "Empty":
      return []
  }
}

/** The description that was given: it comes after what the library says about the type. */
const descriptionIn = (doc: HelpDoc.HelpDoc): string => paragraphs(doc)[1] ?? ""

const choicesIn = (accepted: string | undefined): ReadonlyArray<string> | undefined => {
  if (accepted?.includes(" | ") === true) return accepted.split(" | ")
  return undefined
}

/** A short list of choices is shown as it is; of a long one the description tells. */
const choicesPlaceholder = (name: string, choices: ReadonlyArray<string>): string => {
  const all = choices.join("|")
  if (all.length <= 22) return all
  return (name.split("-").at(-1) ?? name).toUpperCase()
}

const optionFacts = new WeakMap<Options.Options<unknown>, OptionFacts>()

/** The facts about an option. */
export const ofOption = (option: Options.Options<unknown>): OptionFacts => {
  const known = optionFacts.get(option)
  if (known !== undefined) return known
  const { accepted, isRepeated, name } = namedIn(Options.getUsage(option))
  const choices = choicesIn(accepted)
  const facts: OptionFacts = {
    name: name.replace(/^--/, ""),
    description: descriptionIn(Options.getHelp(option)),
    placeholder: choices === undefined ? accepted : choicesPlaceholder(name, choices),
    choices,
    isRepeated
  }
  optionFacts.set(option, facts)
  return facts
}

/** The facts about an argument. */
export const ofArgument = (argument: Args.Args<unknown>): ArgumentFacts => {
  const { accepted, name } = namedIn(Args.getUsage(argument))
  return {
    name: name.replace(/^<|>$/g, ""),
    description: descriptionIn(Args.getHelp(argument)),
    choices: choicesIn(accepted),
    atLeast: Args.getMinSize(argument),
    atMost: Args.getMaxSize(argument)
  }
}
