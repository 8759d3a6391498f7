/**
 * Prometheus' text format: the reader of these tests takes and refuses what Prometheus does, and
 * what `/metrics` prints is read back to the same names and values.
 */
import type { ProfileId } from "@clawdbot/domain/Profile/ProfileId"
import { assert } from "@effect/vitest"
import * as AgentFigures from "../../src/control/agentFigures.ts"
import { Metrics } from "../../src/control/Metrics.ts"
import type { RequestReport } from "../../src/control/RequestLog.ts"
import { checkExposition, readExposition, type Sample } from "../control/exposition.ts"
import { conforms, data } from "./suite.ts"

interface Text {
  readonly id: string
  readonly text: string
  readonly valid: boolean
}

interface Values {
  readonly id: string
  readonly profiles: ReadonlyArray<string>
  /** How long a request took, in ms. */
  readonly took?: number
  readonly version?: string
}

const { reader, values } = data<{
  readonly reader: ReadonlyArray<Text>
  readonly values: ReadonlyArray<Values>
}>("metrics.json", { reader: [], values: [] })

const read = (text: string): ReadonlyArray<Sample> | undefined => {
  try {
    return readExposition(text)
  } catch {
    return undefined
  }
}

const written = ({ profiles, took = 5, version = "1.2.3" }: Values): string => {
  const metrics = new Metrics()
  const report: RequestReport = {
    method: "POST",
    path: "/v1/messages",
    agent: "main",
    startedAt: 1_000,
    endedAt: 1_000 + took,
    status: 200,
    attempts: profiles.map((profile) => ({
      // The suite has an empty one too, which no store can hold.
      profile: profile as ProfileId,
      result: "answered" as const,
      startedAt: 1_000,
      endedAt: 1_000 + took
    }))
  }
  metrics.add(report, [])
  return metrics.render({
    ...AgentFigures.none,
    open: 1,
    coolingDown: profiles.map((profileId) => ({
      agent: "main",
      profileId,
      kind: "cooldown" as const
    })),
    counts: [
      {
        type: "counter",
        name: "clawdbot_oauth_refreshes_total",
        help: "Refreshes.",
        label: "result",
        values: new Map([["granted", 2]])
      }
    ],
    version
  })
}

conforms("Prometheus", [
  ...reader.map(({ id, text, valid }) => ({
    id: `read: ${id}`,
    check: () => assert.strictEqual(read(text) !== undefined, valid)
  })),
  ...values.map((one) => ({
    id: `shown: ${one.id}`,
    check: () => {
      const text = written(one)
      checkExposition(text)
      const samples = readExposition(Buffer.from(text).toString("utf8"))
      const labelsOf = (name: string, label: string) =>
        samples.flatMap((sample) =>
          sample.name === name ? [sample.labels.get(label) ?? "absent"] : []
        )
      const profiles = one.profiles.map((profile) => Buffer.from(profile).toString("utf8"))
      assert.deepStrictEqual(labelsOf("clawdbot_attempts_total", "profile"), profiles)
      assert.deepStrictEqual(labelsOf("clawdbot_profile_resting", "profile"), profiles)
      assert.deepStrictEqual(labelsOf("clawdbot_build_info", "version"), [one.version ?? "1.2.3"])
      const sum = samples.find(({ name }) => name === "clawdbot_request_duration_seconds_sum")
      assert.strictEqual(sum?.value, Math.max(0, 1_000 + (one.took ?? 5) - 1_000) / 1_000)
    }
  }))
])
