/**
 * Budgets of clients that gateways share: what each gateway may still spend, and in the ledger what
 * was charged for answers without a known price.
 */

/** The statements; `s` is the schema as SQL. */
export const statements = (s: string): ReadonlyArray<string> => [
  `alter table ${s}.usage_cell add column assumed_usd float8 not null default 0`,
  // What one client spent in a month is read every second while it sends requests.
  `create index usage_cell_client on ${s}.usage_cell (client, hour) where client <> ''`,
  `create table ${s}.budget_lease (client text, instance uuid, usd float8 not null,
     until timestamptz not null, primary key (client, instance)) with (fillfactor = 70)`
]
