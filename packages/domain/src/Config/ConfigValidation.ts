/**
 * Whether an effective config is right, and if not, what is wrong in plain words with a cure
 * (decisions D19 and D20).
 */

import { isObject, kind } from "@clawdbot/json5-edit/JsonValue"
import type { KeyPath } from "@clawdbot/json5-edit/KeyPath"
import { render } from "@clawdbot/json5-edit/KeyPath"
import * as Either from "effect/Either"
import type * as ParseResult from "effect/ParseResult"
import type * as SchemaAST from "effect/SchemaAST"
import * as AgentRegistry from "../Agent/AgentRegistry.ts"
import { listOf } from "../Document/listIf.ts"
import type { Paths } from "../Environment/StatePaths.ts"
import { pricingFaults } from "../Pricing/pricingFaults.ts"
import * as Config from "./Config.ts"
import { byPath } from "./defaults.ts"
import * as DescribeSchema from "./describeSchema.ts"
import * as KnownKeys from "./KnownKeys.ts"
import { isSecretPath, looksSecret } from "./secretKeys.ts"

/** Something wrong at a path of the effective document. */
export interface Fault {
  readonly path: KeyPath
  readonly problem: string
  readonly cure?: string
  /** Whether the key itself is at fault or its value. */
  readonly at: "key" | "value"
}

/** What validation needs to know besides the document. */
export interface ValidationContext {
  readonly paths: Paths
  /** Whether the file system treats `A` and `a` as one name. */
  readonly caseInsensitive: boolean
  /** Whether the value at a path came from a variable; such a value is never shown. */
  readonly isSubstituted: (path: KeyPath) => boolean
}

interface Leaf {
  readonly path: KeyPath
  readonly ast: SchemaAST.AST | undefined
  readonly actual: unknown
  readonly missing: boolean
}

const isAbsence = (issue: ParseResult.ParseIssue): boolean =>
  issue._tag === "Type" && issue.ast._tag === "UndefinedKeyword"

/** The single faults of a parse issue, each with the schema that was not met. */
const leaves = (issue: ParseResult.ParseIssue, path: KeyPath): ReadonlyArray<Leaf> => {
  const leaf = (ast: SchemaAST.AST | undefined, missing = false): ReadonlyArray<Leaf> => [
    { path, ast, actual: "actual" in issue ? issue.actual : undefined, missing }
  ]
  switch (issue._tag) {
    case "Pointer": {
      const steps = (typeof issue.path === "object" ? issue.path : [issue.path]).map((step) =>
        typeof step === "number" ? step : String(step)
      )
      return leaves(issue.issue, [...path, ...steps])
    }
    case "Composite": {
      const issues = "_tag" in issue.issues ? [issue.issues] : issue.issues
      if (issue.ast._tag !== "Union") return issues.flatMap((inner) => leaves(inner, path))
      const members = issues.filter((inner) => !isAbsence(inner))
      const shaped = isObject(issue.actual)
        ? members.filter((inner) => inner._tag === "Composite")
        : []
      const [only, ...more] = members.length === 1 ? members : shaped
      if (only === undefined || more.length > 0) return leaf(issue.ast)
      return leaves(only, path)
    }
    case "Refinement":
    case "Transformation":
      if (issue.issue._tag === "Composite") return leaves(issue.issue, path)
      return leaf(issue.ast)
    case "Missing":
      return leaf(issue.ast.type, true)
    case "Type":
      return leaf(issue.ast)
    default:
      return leaf(undefined)
  }
}

const isShown = (path: KeyPath, value: unknown, context: ValidationContext): boolean =>
  !isSecretPath(path) &&
  !context.isSubstituted(path) &&
  !(typeof value === "string" && looksSecret(value))

/** What a schema expects, with an example that fits: an address, or the default of a number. */
const expectationAt = (ast: SchemaAST.AST, path: KeyPath): DescribeSchema.Expectation => {
  const expected = DescribeSchema.expectation(ast)
  if (String(path.at(-1)).endsWith("Url"))
    return { ...expected, example: '"https://api.anthropic.com"' }
  const usual = byPath[path.join(".")]
  if (typeof usual === "number" && usual > 0) return { ...expected, example: String(usual) }
  return expected
}

const ofLeaf = (leaf: Leaf, around: ValidationContext): Fault => {
  if (leaf.ast === undefined)
    return { path: leaf.path, problem: "does not belong here", cure: "remove it", at: "key" }
  const expected = expectationAt(leaf.ast, leaf.path)
  if (leaf.missing) {
    const name = String(leaf.path.at(-1) ?? "")
    return {
      path: leaf.path,
      problem: `"${name}" is missing`,
      cure: `add "${name}": ${expected.example}`,
      at: "value"
    }
  }
  const shown = isShown(leaf.path, leaf.actual, around)
  return {
    path: leaf.path,
    problem: `must be ${expected.words}, not ${DescribeSchema.describe(leaf.actual, shown)}`,
    cure: DescribeSchema.cure(expected, leaf.actual, shown),
    at: "value"
  }
}

const keyName = (step: string | number | undefined): string => {
  const text = String(step ?? "")
  if (looksSecret(text)) return "a key that looks like a secret"
  return `"${text}"`
}

const ofKey = (fault: KnownKeys.KeyFault, around: ValidationContext): Fault => {
  if (fault._tag === "Kind") {
    const shown = isShown(fault.path, fault.value, around)
    const expected = DescribeSchema.kindsExpectation(fault.kinds)
    return {
      path: fault.path,
      problem: `must be ${expected.words}, not ${DescribeSchema.describe(fault.value, shown)}`,
      cure: DescribeSchema.cure(expected, fault.value, shown),
      at: "value"
    }
  }
  const name = keyName(fault.path.at(-1))
  if (fault.retired !== undefined) {
    return {
      path: fault.path,
      problem: `${name} is a key of an older version`,
      cure: `move it to ${fault.retired}`,
      at: "key"
    }
  }
  return {
    path: fault.path,
    problem: `${name} is not a known key`,
    cure:
      fault.nearest === undefined
        ? "remove it, or correct its name"
        : `did you mean ${fault.nearest}?`,
    at: "key"
  }
}

const sharedFolders = (config: Config.Config, around: ValidationContext): ReadonlyArray<Fault> =>
  AgentRegistry.duplicateFolders(
    AgentRegistry.fromConfig(config, around.paths),
    around.caseInsensitive
  ).map(({ dir, agents }) => ({
    path: ["agents", "list"],
    problem:
      `the agents ${agents.map((id) => `"${id}"`).join(" and ")} share the folder ${dir}: ` +
      "their credentials would overwrite each other",
    cure:
      'give each its own "agentDir", or let one use the other\'s credentials with "auth": { ' +
      '"inheritFrom": "<id>" }',
    at: "value"
  }))

const ofPrices = ({ pricing }: Config.Config): ReadonlyArray<Fault> => {
  if (pricing === undefined) return []
  return pricingFaults(pricing).map(({ cure, index, key, problem }) => ({
    path: ["pricing", "overrides", index, ...listOf(key, (name) => [name])],
    problem,
    cure,
    at: "value"
  }))
}

/**
 * The config of an effective value, or everything that is wrong with it, in the order of the
 * document's sections.
 */
export const validate = (
  value: unknown,
  around: ValidationContext
): Either.Either<Config.Config, ReadonlyArray<Fault>> => {
  if (!isObject(value)) {
    return Either.left([
      {
        path: [],
        problem: `must be an object, not ${kind(value)}`,
        cure: "for example {}",
        at: "value"
      }
    ])
  }
  const decoded = Config.decode(value)
  const ofSchema = Either.isLeft(decoded)
    ? leaves(decoded.left.issue, []).map((leaf) => ofLeaf(leaf, around))
    : []
  const told = new Set(ofSchema.map((fault) => render(fault.path)))
  const ofKeys = KnownKeys.check(value)
    .map((fault) => ofKey(fault, around))
    .filter((fault) => !told.has(render(fault.path)))
  const faults = [...ofSchema, ...ofKeys]
  if (Either.isLeft(decoded) || faults.length > 0) return Either.left(faults)
  const together = [...sharedFolders(decoded.right, around), ...ofPrices(decoded.right)]
  if (together.length > 0) return Either.left(together)
  return Either.right(decoded.right)
}
