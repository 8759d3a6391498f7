/** What the page works out of what the gateway reports, without a browser. */
import type { Cost } from "@clawdbot/domain/Usage/Cost"
import * as Usage from "@clawdbot/domain/Usage/Usage"
import type { UsageCell } from "@clawdbot/domain/Usage/UsageCell"
import * as UsageReport from "@clawdbot/domain/Usage/UsageReport"
import { assert, describe, it } from "@effect/vitest"
import { pageModule } from "./pageModule.ts"

interface Record_ {
  readonly id: number
  readonly startedAt: number
  readonly firstByteAt?: number
  readonly endedAt: number
  readonly stream?: boolean
  readonly method: string
  readonly path: string
  readonly status: number
  readonly model?: string
  readonly client?: string
  readonly agent?: string
  readonly refused?: string
  readonly attempts: ReadonlyArray<Readonly<Record<string, unknown>>>
}

interface List {
  readonly maxKept: number
  readonly merged: (
    known: ReadonlyArray<Record_>,
    added: ReadonlyArray<Record_>
  ) => ReadonlyArray<Record_>
  readonly filtered: (
    records: ReadonlyArray<Record_>,
    wanted: Readonly<Record<string, string>>
  ) => ReadonlyArray<Record_>
  readonly figuresOf: (
    records: ReadonlyArray<Record_>,
    now: number
  ) => Readonly<Record<string, number | undefined>> & {
    readonly failures: ReadonlyArray<readonly [string, number]>
  }
}
interface Files {
  readonly csv: (
    columns: ReadonlyArray<string>,
    rows: ReadonlyArray<ReadonlyArray<unknown>>
  ) => string
}
interface Requests {
  readonly curl: (record: Record_, origin: string) => string
  readonly exported: ReadonlyArray<string>
  readonly exportedRow: (record: Record_) => ReadonlyArray<unknown>
}
interface Report {
  readonly spanOf: (
    choice: string,
    from: string,
    to: string,
    now: number
  ) => { since: number; until: number; isDay: boolean; starts: ReadonlyArray<number> } | undefined
  readonly byGroup: (
    report: { readonly rows: ReadonlyArray<UsageReport.UsageRow> },
    by: string
  ) => ReadonlyArray<UsageReport.UsageRow>
  readonly exported: (report: { readonly rows: ReadonlyArray<UsageReport.UsageRow> }) => {
    readonly columns: ReadonlyArray<string>
    readonly rows: ReadonlyArray<ReadonlyArray<unknown>>
  }
}

// What they export is what the page's own type check sees.
const list = (await pageModule("requestList.js")) as List
const files = (await pageModule("files.js")) as Files
const itself = (await pageModule("gatewayWords.js")) as {
  readonly gatewayWords: (info: unknown) => ReadonlyArray<string>
}
const requests = (await pageModule("requests.js")) as Requests
const usage = (await pageModule("usageReport.js")) as Report
const words = (await pageModule("words.js")) as { readonly dollars: (usd: number | null) => string }

const record = (id: number, fields: Partial<Record_> = {}): Record_ => ({
  id,
  startedAt: 1_000 * id,
  endedAt: 1_000 * id + 10 * id,
  method: "POST",
  path: "/v1/messages",
  status: 200,
  attempts: [],
  ...fields
})
const anything = {
  search: "",
  status: "",
  client: "",
  model: "",
  profile: "",
  failure: "",
  agent: ""
}
const ids = (records: ReadonlyArray<Record_>) => records.map(({ id }) => id)

describe("the requests of the page", () => {
  it("are kept once each, newest first, and no more than so many", () => {
    const many = Array.from({ length: list.maxKept + 50 }, (_, id) => record(id))
    const kept = list.merged(many.slice(0, 100), many.slice(50))
    assert.strictEqual(kept.length, list.maxKept)
    assert.deepStrictEqual(ids(kept.slice(0, 2)), [list.maxKept + 49, list.maxKept + 48])
  })

  it("are found by every field, and by all filters together", () => {
    const refused = { profile: "anthropic:b", result: "refused", failureClass: "rate_limit" }
    const answered = { profile: "anthropic:a", result: "answered" }
    const all = [
      record(1, { model: "opus", client: "ci", attempts: [answered] }),
      record(2, { model: "haiku", attempts: [refused, answered] }),
      record(3, { status: 429, refused: "AllInCooldown", attempts: [refused] }),
      record(4, { status: 0, agent: "work" }),
      record(5, { status: 502, agent: "main" })
    ]
    const found = (wanted: Partial<typeof anything>) =>
      ids(list.filtered(all, { ...anything, ...wanted }))
    assert.deepStrictEqual(found({}), [1, 2, 3, 4, 5])
    assert.deepStrictEqual(found({ status: "2" }), [1, 2])
    assert.deepStrictEqual(found({ status: "4" }), [3])
    assert.deepStrictEqual(found({ status: "5" }), [5])
    assert.deepStrictEqual(found({ status: "0" }), [4])
    assert.deepStrictEqual(found({ status: "failover" }), [2])
    assert.deepStrictEqual(found({ client: "ci" }), [1])
    assert.deepStrictEqual(found({ client: "default token", model: "haiku" }), [2])
    assert.deepStrictEqual(found({ profile: "anthropic:b" }), [2, 3])
    assert.deepStrictEqual(found({ failure: "rate_limit" }), [2, 3])
    assert.deepStrictEqual(found({ failure: "AllInCooldown" }), [3])
    assert.deepStrictEqual(found({ agent: "work" }), [1, 2, 3, 4])
    assert.deepStrictEqual(found({ search: " COOLdown " }), [3])
    assert.deepStrictEqual(found({ search: "anthropic:b refused" }), [2, 3])
  })

  it("have figures of what is known, also where that is nothing", () => {
    const none = list.figuresOf([], 0)
    assert.deepStrictEqual([none.perMinute, none.total, none.p50], [0, 0, undefined])
    const all = Array.from({ length: 100 }, (_, at) =>
      record(at + 1, { status: at < 5 ? 500 : 200 })
    )
    const { failed, p50, p95, p99, perMinute } = list.figuresOf(all.toReversed(), 100_000)
    assert.deepStrictEqual([failed, p50, p95, p99], [5, 500, 950, 990])
    // The first 39 ended more than a minute ago.
    assert.strictEqual(perMinute, 61)
  })
})

describe("the requests' figures", () => {
  it("say how long streams took to begin, without whole answers and those that never did", () => {
    const streams = Array.from({ length: 100 }, (_, at) =>
      record(at, { stream: true, firstByteAt: 1_000 * at + at + 1 })
    )
    const others = [
      record(200, { stream: false, firstByteAt: 900_000 }),
      record(201, { stream: true })
    ]
    const { firstByte50, firstByte95, firstByte99 } = list.figuresOf([...streams, ...others], 0)
    assert.deepStrictEqual([firstByte50, firstByte95, firstByte99], [50, 95, 99])
  })

  it("count what went wrong by class, the commonest first", () => {
    const refused = { profile: "a", result: "refused", failureClass: "rate_limit" }
    const { failures } = list.figuresOf(
      [
        record(1, { attempts: [refused, refused] }),
        record(2, { refused: "AllInCooldown", attempts: [] }),
        record(3)
      ],
      0
    )
    assert.deepStrictEqual(failures, [
      ["rate_limit", 2],
      ["AllInCooldown", 1]
    ])
  })
})

describe("what the page saves", () => {
  it("has the time of the first byte, in a column of its name", () => {
    const row = requests.exportedRow(record(1, { stream: true, firstByteAt: 1_500 }))
    const cell = (name: string) => row[requests.exported.indexOf(name)]
    assert.strictEqual(row.length, requests.exported.length)
    assert.strictEqual(cell("firstByteAt"), "1970-01-01T00:00:01.500Z")
    assert.strictEqual(cell("stream"), true)
    assert.isUndefined(requests.exportedRow(record(1))[requests.exported.indexOf("firstByteAt")])
  })

  it("is CSV that keeps every value, and runs as no formula", () => {
    assert.strictEqual(
      files.csv(
        ["a", "b"],
        [
          ['say "hi", all', "two\nlines"],
          ["=1+1", -1],
          [undefined, "@x"]
        ]
      ),
      'a,b\r\n"say ""hi"", all","two\nlines"\r\n\'=1+1,-1\r\n,\'@x\r\n'
    )
  })

  it("quotes what a client sent before it stands in a command", () => {
    const path = "/v1/models/$(touch x)'; rm -rf ~ #"
    const text = requests.curl(record(1, { method: "GET", path }), "http://127.0.0.1:18789")
    assert.include(text, "'http://127.0.0.1:18789/v1/models/$(touch x)'\\''; rm -rf ~ #'")
    assert.notInclude(text, "--data")
    assert.include(requests.curl(record(1), "http://h"), "--data @body.json")
  })
})

describe("a span of usage", () => {
  const noon = new Date(2026, 10, 28, 12).getTime()

  it("has a bar for each hour of two days, and for each day of more", () => {
    const day = usage.spanOf("1", "", "", noon)
    assert.deepStrictEqual([day?.isDay, day?.starts.length], [false, 25])
    const week = usage.spanOf("7", "", "", noon)
    assert.deepStrictEqual([week?.isDay, week?.starts.length], [true, 8])
    for (const at of week?.starts ?? []) assert.strictEqual(new Date(at).getHours(), 0)
  })

  it("goes from the first day to the end of the last, and is none without both", () => {
    const span = usage.spanOf("custom", "2026-11-01", "2026-11-03", noon)
    assert.strictEqual(span?.since, new Date(2026, 10, 1).getTime())
    assert.strictEqual(span?.until, new Date(2026, 10, 4).getTime())
    assert.strictEqual(span?.starts.length, 3)
    assert.isUndefined(usage.spanOf("custom", "", "2026-11-03", noon))
    assert.isUndefined(usage.spanOf("custom", "2026-11-03", "2026-11-01", noon))
  })
})

describe("the cost of usage", () => {
  const cell = (hour: number, model: string, cost?: Cost): UsageCell => ({
    hour,
    agent: "main",
    profile: "anthropic:a",
    model,
    client: "",
    ttl: "",
    requests: 2,
    unmeasured: 0,
    usage: Usage.zero,
    cost
  })
  const cells = [
    cell(494_950, "priced", { billed: 1.5, list: 0, priced: 2 }),
    cell(494_951, "priced", { billed: 0.25, list: 0, priced: 1 }),
    cell(494_950, "unpriced")
  ]
  const report = UsageReport.make(cells, { since: 0, until: 2e12 }, ["hour", "model"])

  it("is added up over time by group, and unknown where no price is known", () => {
    const rows = usage.byGroup(report, "model")
    assert.deepStrictEqual(
      rows.map(({ billedUsd, group, listUsd, unpriced }) => [
        group.model,
        billedUsd,
        listUsd,
        unpriced
      ]),
      [
        ["priced", 1.75, 0, 1],
        ["unpriced", null, null, 2]
      ]
    )
    assert.deepStrictEqual([null, 0, 0.004, 0.006, 1_234.5].map(words.dollars), [
      "unknown",
      "$0.00",
      "<$0.01",
      "$0.01",
      "$1,234.50"
    ])
  })

  it("stands in the exported file, empty where it is unknown", () => {
    const { columns, rows } = usage.exported(report)
    const at = columns.indexOf("billedUsd")
    const lines = files
      .csv(
        [...columns],
        rows.map((row) => [...row])
      )
      .split("\r\n")
    assert.sameMembers(
      lines.slice(1, 4).map((line) => line.split(",")[at]),
      ["1.5", "0.25", ""]
    )
  })
})

describe("the gateway itself", () => {
  const other = (configDigest: string, silentMs: number) => ({ configDigest, silentMs })
  const cases: ReadonlyArray<readonly [unknown, ReadonlyArray<string>]> = [
    [{ practice: false }, []],
    [{ practice: true }, ["Practice mode: a scripted provider answers"]],
    [{ fleet: { configDigest: "a", others: [] } }, ["Shares its store with 0 gateways"]],
    [
      { fleet: { configDigest: "a", others: [other("a", 5_000)] } },
      ["Shares its store with 1 gateway"]
    ],
    [
      { fleet: { configDigest: "a", others: [other("b", 16_000), other("b", 0), other("a", 0)] } },
      ["Shares its store with 3 gateways", "1 silent", "1 with another config"]
    ]
  ]
  it("is said to be practice, or one of several, and nothing where it is neither", () => {
    for (const [info, words] of cases) assert.deepStrictEqual(itself.gatewayWords(info), words)
  })

  it("says since when the database of its store is away", () => {
    const fleet = { configDigest: "a", others: [], storeDownSince: Date.now() }
    assert.match(
      itself.gatewayWords({ fleet }).at(-1) ?? "",
      /^the store's database is away since \d\d:\d\d/
    )
  })
})
