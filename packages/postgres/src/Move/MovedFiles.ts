/** The files of a state folder as they were written, sealed, by their names. */
import * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import type { Database, DatabaseError, Query } from "../Database.ts"
import type { Keys, Sealed } from "../Keyring.ts"
import type { Place } from "../sealing.ts"

/** A file as it was written. */
export interface MovedFile {
  readonly name: string
  /** Whose it is; undefined for a file of all agents. */
  readonly agent: string | undefined
  readonly text: Redacted.Redacted
}

interface Row {
  readonly name: string
  readonly sealed: Buffer
  readonly key_id: string
}

const placeOf = (name: string): Place => ["moved_file", name]

/** The statements, over a pool or inside a transaction. */
export class MovedFiles {
  private readonly table: string
  private readonly keys: Keys

  constructor(database: typeof Database.Service, keys: Keys) {
    this.table = database.table("moved_file")
    this.keys = keys
  }

  /** Keeps a file, in place of an older one of its name. */
  write(query: Query, { agent, name, text }: MovedFile) {
    const { keyId, sealed }: Sealed = this.keys.seal(text, placeOf(name))
    return query(
      `insert into ${this.table} (name, agent, sealed, key_id) values ($1, $2, $3, $4)
       on conflict (name) do update set agent = excluded.agent, sealed = excluded.sealed,
         key_id = excluded.key_id`,
      [name, agent ?? null, sealed, keyId]
    )
  }

  /** All of them; one that cannot be opened is as if it had not been kept. */
  all(query: Query): Effect.Effect<ReadonlyMap<string, Redacted.Redacted>, DatabaseError> {
    return Effect.map(query<Row>(`select name, sealed, key_id from ${this.table}`), (rows) => {
      const texts = new Map<string, Redacted.Redacted>()
      for (const { key_id: keyId, name, sealed } of rows) {
        const text = this.keys.open({ sealed, keyId }, placeOf(name))
        if (text._tag === "Right") texts.set(name, text.right)
      }
      return texts
    })
  }
}
