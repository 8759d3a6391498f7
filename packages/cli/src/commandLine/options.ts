/** Options that many commands share, and the shapes of the others. */
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import * as Args from "@effect/cli/Args"
import * as HelpDoc from "@effect/cli/HelpDoc"
import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"

/** An option without a value. */
export const flag = (name: string, description: string): Options.Options<boolean> =>
  Options.boolean(name).pipe(Options.withDescription(description))

/**
 * An option with a text. `placeholder` is what the help calls its value; the completion knows what
 * the placeholders AGENT, ALIAS, FILE, MODEL, PATH, PROFILE and PROVIDER stand for.
 */
export const text = (
  name: string,
  placeholder: string,
  description: string
): Options.Options<string | undefined> =>
  Options.text(name).pipe(
    Options.withPseudoName(placeholder),
    Options.withDescription(description),
    Options.optional,
    Options.map(Option.getOrUndefined)
  )

/** The same, any number of times. */
export const texts = (
  name: string,
  placeholder: string,
  description: string
): Options.Options<ReadonlyArray<string>> =>
  Options.text(name).pipe(
    Options.withPseudoName(placeholder),
    Options.withDescription(description),
    Options.repeated
  )

/** An option that takes one of a few words. The guard refuses any other with a suggestion. */
export const choice = <const C extends ReadonlyArray<string>>(
  name: string,
  choices: C,
  description: string
): Options.Options<C[number] | undefined> =>
  Options.choice(name, choices).pipe(
    Options.withDescription(description),
    Options.optional,
    Options.map(Option.getOrUndefined)
  )

/** An option with a number above 0; `usual` where it is not given. */
export const positiveNumber = (
  name: string,
  placeholder: string,
  description: string,
  usual: number
): Options.Options<number> =>
  Options.text(name).pipe(
    Options.withPseudoName(placeholder),
    Options.withDescription(description),
    Options.filterMap((given) => {
      if (Number(given) > 0 && Number.isFinite(Number(given)))
        return Option.some(Math.ceil(Number(given)))
      return Option.none()
    }, `--${name} must be a number greater than 0`),
    Options.withDefault(usual)
  )

/** The agent a command works on. */
export const agent = text("agent", "AGENT", "The agent. Default: the default agent.")

/** The same for commands that store something. */
export const agentToStoreFor = text(
  "agent",
  "AGENT",
  "The agent to store it for. Default: the default agent."
)

/** What a taken id holds gives way. */
export const replace = flag(
  "replace",
  "Replace the profile's credential without asking; the old one can be restored."
)

/** Output for programs. */
export const json = flag("json", "Print one JSON document.")

/** A change that is shown and not made. */
export const dryRun = flag("dry-run", "Show the change as a diff and write nothing.")

/** The provider of what is meant; commands refuse to guess it. */
export const provider = text("provider", "PROVIDER", "The provider, e.g. anthropic. Required.")

/** One argument. */
export const argument = (name: string, description: string): Args.Args<string> =>
  Args.text({ name }).pipe(Args.withDescription(description))

/** One argument that may be left out. */
export const optionalArgument = (
  name: string,
  description: string
): Args.Args<string | undefined> =>
  argument(name, description).pipe(Args.optional, Args.map(Option.getOrUndefined))

/** One argument that is one of a few words. */
export const choiceArgument = <const C extends ReadonlyArray<string>>(
  name: string,
  choices: C,
  description: string
): Args.Args<C[number]> =>
  Args.choice(
    choices.map((word): [string, C[number]] => [word, word]),
    { name }
  ).pipe(Args.withDescription(description))

/** The profile a command is about. */
export const profileArgument: Args.Args<ProfileId.ProfileId> = argument(
  "PROFILE",
  "The profile, e.g. anthropic:default."
).pipe(
  Args.mapEffect((name) => {
    if (name.trim() === "")
      return Effect.fail(
        HelpDoc.p("PROFILE must be a profile id such as anthropic:default, not empty")
      )
    return Effect.succeed(ProfileId.of(name))
  })
)

/** The model a command is about. */
export const modelArgument = argument("MODEL", "The model, as provider/model or an alias.")
