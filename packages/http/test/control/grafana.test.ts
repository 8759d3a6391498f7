/**
 * `deploy/grafana-dashboard.json`: what Grafana reads of a dashboard, and that every expression is
 * PromQL over families and labels that `/metrics` has.
 */
import * as fs from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { parser } from "@prometheus-io/lezer-promql"
import * as Schema from "effect/Schema"

const root = new URL("../../../../", import.meta.url)
const text = (file: string) => fs.readFileSync(new URL(file, root), "utf8")

const Datasource = Schema.Struct({
  type: Schema.Literal("prometheus"),
  uid: Schema.Literal("$" + "{datasource}")
})
const GridPos = Schema.Struct({
  x: Schema.Int.pipe(Schema.between(0, 23)),
  y: Schema.NonNegativeInt,
  w: Schema.Int.pipe(Schema.between(1, 24)),
  h: Schema.Int.pipe(Schema.positive())
})
const Step = Schema.Struct({ color: Schema.NonEmptyString, value: Schema.NullOr(Schema.Number) })
const common = { id: Schema.Int, title: Schema.NonEmptyString, gridPos: GridPos }
const Query = Schema.Struct({
  datasource: Datasource,
  refId: Schema.NonEmptyString,
  expr: Schema.NonEmptyString,
  legendFormat: Schema.String,
  format: Schema.optional(Schema.Literal("table")),
  instant: Schema.optional(Schema.Boolean)
})
const Panel = Schema.Struct({
  ...common,
  type: Schema.Literal("timeseries", "stat", "table"),
  description: Schema.String,
  datasource: Datasource,
  targets: Schema.NonEmptyArray(Query),
  options: Schema.Record({ key: Schema.String, value: Schema.Unknown }),
  transformations: Schema.optional(
    Schema.Array(Schema.Struct({ id: Schema.Literal("organize"), options: Schema.Object }))
  ),
  fieldConfig: Schema.Struct({
    overrides: Schema.Array(Schema.Unknown),
    defaults: Schema.Struct({
      unit: Schema.Literal("reqps", "percentunit", "short", "s"),
      min: Schema.optional(Schema.Number),
      max: Schema.optional(Schema.Number),
      custom: Schema.optional(Schema.Object),
      thresholds: Schema.optional(
        Schema.Struct({ mode: Schema.Literal("absolute"), steps: Schema.NonEmptyArray(Step) })
      )
    })
  })
})
const Row = Schema.Struct({
  ...common,
  type: Schema.Literal("row"),
  collapsed: Schema.Boolean,
  panels: Schema.Tuple()
})
const variable = { name: Schema.NonEmptyString, label: Schema.String, current: Schema.Object }
const Variable = Schema.Union(
  Schema.Struct({
    ...variable,
    type: Schema.Literal("datasource"),
    query: Schema.Literal("prometheus")
  }),
  Schema.Struct({
    ...variable,
    type: Schema.Literal("query"),
    datasource: Datasource,
    query: Schema.Struct({ query: Schema.String, refId: Schema.String }),
    refresh: Schema.Literal(1, 2),
    multi: Schema.Boolean,
    includeAll: Schema.Boolean,
    allValue: Schema.String,
    sort: Schema.Int
  })
)
const Dashboard = Schema.parseJson(
  Schema.Struct({
    uid: Schema.String.pipe(Schema.pattern(/^[a-zA-Z0-9_-]{8,40}$/)),
    title: Schema.NonEmptyString,
    description: Schema.String,
    tags: Schema.Array(Schema.String),
    schemaVersion: Schema.Int.pipe(Schema.between(36, 41)),
    version: Schema.Int,
    editable: Schema.Boolean,
    graphTooltip: Schema.Literal(0, 1, 2),
    timezone: Schema.Literal("browser", "utc", ""),
    refresh: Schema.String.pipe(Schema.pattern(/^\d+[smh]$/)),
    time: Schema.Struct({ from: Schema.String, to: Schema.String }),
    templating: Schema.Struct({ list: Schema.Array(Variable) }),
    annotations: Schema.Struct({ list: Schema.Array(Schema.Unknown) }),
    links: Schema.Array(Schema.Unknown),
    panels: Schema.NonEmptyArray(Schema.Union(Row, Panel))
  })
)

const dashboard = Schema.decodeUnknownSync(Dashboard)(text("deploy/grafana-dashboard.json"), {
  onExcessProperty: "error"
})
const panels = dashboard.panels.flatMap((one) => (one.type === "row" ? [] : [one]))
const expressions = panels.flatMap(({ targets, title }) =>
  targets.map(({ expr }) => ({ title, expr }))
)

/**
 * The labels of each family, as docs/gateway.md lists them: another test holds that list against
 * what `/metrics` prints.
 */
const families = new Map(
  [...text("docs/gateway.md").matchAll(/^\| `(clawdbot_\w+)(?:\{([^}]*)\})?`/gm)].map(
    ([, name = "", labels = ""]) => [name, labels === "" ? [] : labels.split(/, */)] as const
  )
)
/** Labels that Prometheus itself adds. */
const added = ["job", "instance"]

interface Selected {
  readonly family: string
  readonly labels: ReadonlyArray<string>
}

/** What an expression selects and groups by; `undefined` where it is no PromQL. */
const readPromql = (
  expression: string
):
  | { readonly selected: ReadonlyArray<Selected>; readonly grouping: ReadonlyArray<string> }
  | undefined => {
  // Grafana puts a time in the place of its own variable before Prometheus sees it.
  const source = expression.replaceAll("$__rate_interval", "5m")
  const selected: Array<{ family: string; labels: Array<string> }> = []
  const grouping: Array<string> = []
  let isValid = true
  let isGrouping = false
  parser.parse(source).iterate({
    enter: ({ from, name, to, type }) => {
      const part = source.slice(from, to)
      if (type.isError) isValid = false
      if (name === "Identifier") selected.push({ family: part, labels: [] })
      if (name === "GroupingLabels") isGrouping = true
      if (name !== "LabelName") return
      if (isGrouping) grouping.push(part)
      else selected.at(-1)?.labels.push(part)
    },
    leave: ({ name }) => {
      if (name === "GroupingLabels") isGrouping = false
    }
  })
  return isValid ? { selected, grouping } : undefined
}

const suffixes = /_(bucket|sum|count)$/

/** What is wrong with an expression; nothing where it is good. */
const faultsOf = (expression: string): ReadonlyArray<string> => {
  const read = readPromql(expression)
  if (read === undefined) return ["no PromQL"]
  const known = new Set(["le", ...added])
  const faults = read.selected.flatMap(({ family, labels }) => {
    const own = families.get(family) ?? families.get(family.replace(suffixes, ""))
    if (own === undefined) return [`no family ${family}`]
    for (const label of own) known.add(label)
    return labels
      .filter((label) => ![...own, ...added].includes(label))
      .map((label) => `${family} has no label ${label}`)
  })
  const unknown = read.grouping.filter((label) => !known.has(label))
  return [...faults, ...unknown.map((label) => `grouped by ${label}`)]
}

describe("the dashboard for Grafana", () => {
  it("asks in PromQL, for families and labels that are there", () => {
    assert.isAbove(expressions.length, 20)
    for (const { expr, title } of expressions) assert.deepStrictEqual(faultsOf(expr), [], title)
  })

  it("shows every family that is about requests and credentials", () => {
    const shown = new Set(
      expressions.flatMap(({ expr }) =>
        (readPromql(expr)?.selected ?? []).map(({ family }) => family.replace(suffixes, ""))
      )
    )
    const isAboutThese =
      /^clawdbot_(requests?|attempts|tokens|time|profile|cooldown|quota|login|oauth)_/
    const wanted = [...families.keys()].filter((name) => isAboutThese.test(name))
    assert.isAbove(wanted.length, 9)
    for (const name of wanted) assert.isTrue(shown.has(name), name)
  })

  it("has panels that do not cover each other, and names that are there once", () => {
    const cells = dashboard.panels.flatMap(({ gridPos: { h, w, x, y } }) => {
      assert.isAtMost(x + w, 24)
      return Array.from({ length: w * h }, (_, at) => `${x + (at % w)},${y + Math.floor(at / w)}`)
    })
    assert.strictEqual(new Set(cells).size, cells.length)
    const ids = dashboard.panels.map(({ id }) => id)
    assert.strictEqual(new Set(ids).size, ids.length)
    for (const { targets } of panels) {
      const names = targets.map(({ refId }) => refId)
      assert.strictEqual(new Set(names).size, names.length)
    }
  })

  it("uses the variables that it defines, and no others but Grafana's", () => {
    const defined = dashboard.templating.list.map(({ name }) => name)
    const queries = dashboard.templating.list.flatMap((one) =>
      one.type === "query" ? [one.query.query] : []
    )
    const used = [...queries, ...expressions.map(({ expr }) => expr)].flatMap((one) =>
      [...one.matchAll(/\$(\w+)/g)].map(([, name = ""]) => name)
    )
    const own = new Set(used.filter((name) => !name.startsWith("__")))
    assert.sameMembers([...own, "datasource"], defined)
  })

  it("would not pass with what is no PromQL, or names what is not there", () => {
    assert.deepStrictEqual(faultsOf("sum(rate(clawdbot_requests_total[5m])"), ["no PromQL"])
    assert.deepStrictEqual(faultsOf("clawdbot_requests"), ["no family clawdbot_requests"])
    assert.deepStrictEqual(faultsOf('clawdbot_requests_total{profile="a"}'), [
      "clawdbot_requests_total has no label profile"
    ])
    assert.deepStrictEqual(faultsOf("sum by (model) (clawdbot_attempts_total)"), [
      "grouped by model"
    ])
  })
})
