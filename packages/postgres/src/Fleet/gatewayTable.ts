/** The table in which each gateway of a store says that it lives. */
import type { Announced, OtherGateway } from "@clawdbot/domain/Fleet/GatewayFleet"
import type { Database } from "../Database.ts"

/** A row is removed after so long without a beat. */
const keptFor = "1 day"

interface Row {
  readonly instance: string
  readonly host: string
  readonly url: string | null
  readonly version: string
  readonly config_digest: string
  readonly started_ms: number
  readonly silent_ms: number
}

const columns = `instance, host, facts ->> 'url' as url, version, config_digest,
  extract(epoch from started_at)::float8 * 1000 as started_ms,
  extract(epoch from clock_timestamp() - beat_at)::float8 * 1000 as silent_ms`

const ofRow = (row: Row): OtherGateway => ({
  instance: row.instance,
  host: row.host,
  url: row.url ?? "",
  version: row.version,
  configDigest: row.config_digest,
  startedAt: Math.round(row.started_ms),
  silentMs: Math.max(0, Math.round(row.silent_ms))
})

/** A gateway's own row; `startedAt` is epoch ms. */
export interface Beat extends Announced {
  readonly instance: string
  readonly configDigest: string
  readonly startedAt: number
}

/** The statements over the table. */
export const over = ({ query, table }: typeof Database.Service) => ({
  /** All gateways, the one that was heard last first. */
  all: query<Row>(`select ${columns} from ${table("gateway")} order by beat_at desc, instance`),
  /** Says that a gateway lives, and gives the others. */
  beat: ({ configDigest, host, instance, startedAt, url, version }: Beat) =>
    query<Row>(
      `with beat as (
         insert into ${table("gateway")}
           (instance, host, version, config_digest, started_at, facts)
         values ($1, $2, $3, $4, to_timestamp($5::float8 / 1000), jsonb_build_object('url', $6::text))
         on conflict (instance) do update set beat_at = clock_timestamp(),
           config_digest = excluded.config_digest, facts = excluded.facts),
       gone as (
         delete from ${table("gateway")} where beat_at < clock_timestamp() - interval '${keptFor}')
       select ${columns} from ${table("gateway")} where instance <> $1
       order by host, started_at, instance`,
      [instance, host, version, configDigest, startedAt, url]
    ),
  /** Forgets a gateway that ends. */
  end: (instance: string) =>
    query(`delete from ${table("gateway")} where instance = $1`, [instance])
})

/** The gateways of rows. */
export const ofRows = (rows: ReadonlyArray<Row>): ReadonlyArray<OtherGateway> => rows.map(ofRow)
