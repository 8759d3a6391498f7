/**
 * Three gateways learn of credentials at random, and are cut off from their database and each other
 * at random: once they meet again, they know the same. With the code of the gateways over a table
 * in memory that refuses a write as the database does.
 */
import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import type { ProfileHealth } from "@clawdbot/domain/Health/HealthDocument"
import { anyRequest } from "@clawdbot/domain/Health/RequestTarget"
import type { ProfileId } from "@clawdbot/domain/Profile/ProfileId"
import * as fc from "fast-check"
import { assert, describe, it } from "vitest"
import { AgentHealth } from "../src/Health/AgentHealth.ts"
import * as HealthTable from "../src/Health/HealthTable.ts"
import { at, happenings, names } from "./healthEvents.ts"

/** Later than anything that happens. */
const now = at + 86_400_000

/** What a row says, as a value: an event leaves the keys in another order than a merge does. */
const stored = (name: ProfileId, health: ProfileHealth | undefined): unknown =>
  health === undefined ? undefined : JSON.parse(HealthTable.encode(name, health))

/** A row of the table; a write takes its place that has seen it. */
class Table {
  readonly rows = new Map<ProfileId, HealthTable.StoredHealth>()

  write(row: HealthTable.HealthRow): boolean {
    if ((this.rows.get(row.profile)?.version ?? 0) !== row.version - 1) return false
    this.rows.set(row.profile, row)
    return true
  }
}

class Gateway {
  readonly health = new AgentHealth(AgentId.main)
  isCut = false
  private readonly table: Table

  constructor(table: Table) {
    this.table = table
  }

  look(): void {
    if (!this.isCut) this.health.take([...this.table.rows.values()], now)
  }

  flush(): void {
    if (this.isCut) return
    for (let tries = 0; tries < 5 && this.health.isBehind; tries++) {
      for (const row of this.health.behind()) {
        if (this.table.write(row)) this.health.written(row)
      }
      this.look()
    }
  }

  /** As when the database is there again. */
  meet(): void {
    this.isCut = false
    this.health.takeAll([...this.table.rows.values()], now)
    this.flush()
  }

  get known(): ReadonlyArray<unknown> {
    return names.map((name) => stored(name, this.health.document.profiles.get(name)))
  }
}

describe("what another gateway wrote", () => {
  it("is not written again where it is known in another order only", () => {
    const gateway = new AgentHealth(AgentId.main)
    const other = new AgentHealth(AgentId.main)
    const [profile] = names
    if (profile === undefined) return assert.fail("there is a name")
    const happened = (when: number) => ({
      _tag: "Succeeded" as const,
      at: at + when,
      startedAt: at,
      target: anyRequest,
      windows: [],
      organization: "org-0"
    })
    for (const health of [gateway, other]) health.record(profile, "secret", happened(1))
    for (const row of gateway.behind()) gateway.written(row)
    // A merge makes its keys anew.
    other.record(profile, "secret", happened(2))
    const written = other.document.profiles.get(profile)
    gateway.take([{ agent: AgentId.main, profile, version: 2, health: written }], now)
    const merged = gateway.document.profiles.get(profile)
    assert.deepStrictEqual(merged, written)
    assert.notStrictEqual(JSON.stringify(merged), JSON.stringify(written))
    assert.isFalse(gateway.isBehind)
  })
})

describe("health of three gateways that are cut off at random", () => {
  it("is the same everywhere after they have met, whatever happened to whom", () => {
    fc.assert(
      fc.property(fc.array(happenings, { minLength: 1, maxLength: 40 }), (all) => {
        const table = new Table()
        const gateways = [new Gateway(table), new Gateway(table), new Gateway(table)]
        for (const happening of all) {
          const gateway = gateways[happening.gateway] ?? assert.fail("there are three")
          switch (happening._tag) {
            case "Learned":
              gateway.health.record(happening.profile, happening.secret, happening.event)
              break
            case "Cut":
              gateway.isCut = true
              break
            case "Met":
              gateway.meet()
              break
            case "Flushed":
              gateway.flush()
              break
            case "Looked":
              gateway.look()
          }
        }
        for (const gateway of gateways) gateway.meet()
        // As often as what one of them finds out may be news to another one.
        for (let round = 0; round < 3; round++)
          for (const gateway of gateways) {
            gateway.look()
            gateway.flush()
          }
        const [one, ...others] = gateways
        for (const other of others) assert.deepStrictEqual(other.known, one?.known)
        for (const row of table.rows.values())
          assert.deepStrictEqual(
            stored(row.profile, row.health),
            one?.known[names.indexOf(row.profile)]
          )
        assert.isFalse(gateways.some(({ health }) => health.isBehind))
      }),
      { numRuns: 1_000 }
    )
  })
})
