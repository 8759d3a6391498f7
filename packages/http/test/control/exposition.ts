/**
 * What `promtool check metrics` would say of a text in Prometheus' text format (version 0.0.4): the
 * grammar, and the rules of its linter.
 */
import { assert } from "@effect/vitest"

interface Family {
  readonly help: string
  readonly type: string
  readonly samples: Array<{
    readonly name: string
    readonly labels: ReadonlyMap<string, string>
    readonly value: number
  }>
}

/** Only LF ends a line: every other character may stand in a label. */
const sampleLine = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/s
const label = /([a-zA-Z_]\w*)="((?:[^"\\]|\\["\\n])*)"(,|$)/y

const labelsOf = (text: string, line: string): ReadonlyMap<string, string> => {
  const found = new Map<string, string>()
  for (label.lastIndex = 0; label.lastIndex < text.length; ) {
    const one = label.exec(text)
    if (one === null) return assert.fail(`labels: ${line}`)
    const [, name = "", value = ""] = one
    assert.isFalse(found.has(name), `label ${name} twice: ${line}`)
    found.set(name, value)
  }
  return found
}

const suffix = /_(bucket|sum|count)$/
const seriesOf = (labels: ReadonlyMap<string, string>) =>
  [...labels]
    .filter(([name]) => name !== "le")
    .sort()
    .join(";")

const checkHistogram = (name: string, { samples }: Family) => {
  const ofKind = (kind: string) => samples.filter((sample) => sample.name === `${name}_${kind}`)
  for (const { labels, value } of ofKind("count")) {
    const series = seriesOf(labels)
    const buckets = ofKind("bucket").filter((one) => seriesOf(one.labels) === series)
    const bounds = buckets.map((one) =>
      one.labels.get("le") === "+Inf" ? Number.POSITIVE_INFINITY : Number(one.labels.get("le"))
    )
    assert.deepStrictEqual(
      bounds,
      [...new Set(bounds)].sort((one, other) => one - other),
      `${name}: bounds`
    )
    assert.strictEqual(bounds.at(-1), Number.POSITIVE_INFINITY, `${name}: +Inf`)
    const counts = buckets.map((one) => one.value)
    assert.deepStrictEqual(
      counts,
      [...counts].sort((one, other) => one - other),
      `${name}: cumulative`
    )
    assert.strictEqual(counts.at(-1), value, `${name}: +Inf is the count`)
    assert.strictEqual(
      ofKind("sum").filter((one) => seriesOf(one.labels) === series).length,
      1,
      `${name}: sum`
    )
  }
  assert.isAbove(ofKind("count").length, 0, `${name}: count`)
}

const lint = (name: string, { help, type }: Family) => {
  assert.notStrictEqual(help.trim(), "", `${name}: no help`)
  assert.match(name, /^[a-z][a-z0-9_]*$/, `${name}: not in snake case`)
  assert.strictEqual(
    name.endsWith("_total"),
    type === "counter",
    `${name}: only counters end in _total`
  )
  assert.notMatch(name, suffix, `${name}: a suffix of histograms`)
  assert.notMatch(name, /_(counter|gauge|histogram|summary)(_|$)/, `${name}: names its type`)
  const unit =
    /_(ms|msec|milliseconds|microseconds|nanoseconds|minutes?|hours?|days?|kilobytes|megabytes|kb|mb|percent|seconds_total_ms)(_|$)/
  assert.notMatch(name, unit, `${name}: not in base units`)
}

const types = new Set(["counter", "gauge", "histogram", "summary", "untyped"])

/** One sample as a reader of the format understands it. */
export interface Sample {
  readonly name: string
  readonly labels: ReadonlyMap<string, string>
  readonly value: number
}

const valueOf = (text: string, line: string): number => {
  if (/^[+-]?Inf$/.test(text)) return text.startsWith("-") ? -Infinity : Infinity
  if (text === "NaN") return Number.NaN
  assert.match(text, /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/, line)
  return Number(text)
}

const meant = (value: string): string =>
  value.replace(/\\(.)/g, (_, sign) => (sign === "n" ? "\n" : sign))

/** What a reader takes: the grammar of the format, without the rules of the linter. */
export const readExposition = (text: string): ReadonlyArray<Sample> => {
  const declared = new Map<string, string>()
  const samples: Array<Sample> = []
  const seen = new Set<string>()
  assert.isTrue(text.endsWith("\n"), "no end of line at the end")
  for (const line of text.slice(0, -1).split("\n")) {
    const [, typed = "", type = ""] = /^# TYPE (\S+) (\S+)$/.exec(line) ?? []
    if (types.has(type)) {
      assert.match(typed, /^[a-zA-Z_:][\w:]*$/, line)
      assert.isFalse(declared.has(typed), `type twice: ${line}`)
      assert.isFalse(
        samples.some(({ name }) => name === typed),
        `type after samples: ${line}`
      )
      declared.set(typed, type)
    }
    if (line === "" || line.startsWith("#")) continue
    const [, name = "", written = "", value = ""] =
      /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)(?: -?\d+)?$/s.exec(line) ??
      assert.fail(`no sample: ${line}`)
    const labels = new Map(
      [...labelsOf(written, line)].map(([key, escaped]) => [key, meant(escaped)])
    )
    const key = JSON.stringify([name, ...[...labels].sort()])
    assert.isFalse(seen.has(key), `twice: ${line}`)
    seen.add(key)
    samples.push({ name, labels, value: valueOf(value, line) })
  }
  for (const [name, type] of declared) {
    const own = samples.filter((sample) => sample.name.replace(suffix, "") === name)
    if (type === "histogram") checkHistogram(name, { help: "", type, samples: own })
  }
  return samples
}

/** Checks a text, and gives its samples by name and labels as they are written. */
export const checkExposition = (text: string): ReadonlyMap<string, number> => {
  const families = new Map<string, Family>()
  const seen = new Map<string, number>()
  let help: { readonly name: string; readonly text: string } | undefined
  let current = ""
  assert.isTrue(text.endsWith("\n"), "no end of line at the end")
  for (const line of text.slice(0, -1).split("\n")) {
    const [, helped, words = ""] = /^# HELP (\S+)(?: (.*))?$/.exec(line) ?? []
    if (helped !== undefined) {
      assert.isFalse(families.has(helped), `told twice, or not in one piece: ${line}`)
      help = { name: helped, text: words }
      continue
    }
    const [, typed, type = ""] =
      /^# TYPE (\S+) (counter|gauge|histogram|summary|untyped)$/.exec(line) ?? []
    if (typed !== undefined) {
      assert.strictEqual(help?.name, typed, `no help just before: ${line}`)
      families.set(typed, { help: help?.text ?? "", type, samples: [] })
      current = typed
      continue
    }
    const [, name = "", labelText = "", value = ""] =
      sampleLine.exec(line) ?? assert.fail(`no sample: ${line}`)
    const family = families.get(current) ?? assert.fail(`before any family: ${line}`)
    const base = family.type === "histogram" ? name.replace(suffix, "") : name
    assert.strictEqual(base, current, `not in one piece with its family: ${line}`)
    assert.match(value, /^([+-]?\d+(\.\d+)?(e[+-]?\d+)?|[+-]?Inf|NaN)$/, line)
    const labels = labelsOf(labelText, line)
    const key = `${name}{${labelText}}`
    assert.isFalse(seen.has(key), `twice: ${line}`)
    seen.set(key, Number(value))
    family.samples.push({ name, labels, value: Number(value) })
  }
  for (const [name, family] of families) {
    lint(name, family)
    if (family.type === "histogram") checkHistogram(name, family)
  }
  return seen
}
