/** Tells one content of a file from another without reading it. Pure. */

/** What every write changes: identity, size and the time of the change to the nanosecond. */
export const fileVersion = (stat: {
  readonly ino: bigint
  readonly size: bigint
  readonly mtimeNs: bigint
}): string => `${stat.ino} ${stat.size} ${stat.mtimeNs}`
