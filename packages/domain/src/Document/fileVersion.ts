/**
 * What tells one state of a file from every other: two processes that read the same version read
 * the same text.
 */

/** What the system says of a file: times in nanoseconds since the epoch, the size in bytes. */
export interface FileFacts {
  readonly dev: bigint
  readonly ino: bigint
  readonly size: bigint
  readonly mtimeNs: bigint
  readonly ctimeNs: bigint
}

/** The version of a file that is not there. */
export const missing = "missing"

/** What is different after every write: identity, size and both times. */
export const fileVersion = ({ ctimeNs, dev, ino, mtimeNs, size }: FileFacts): string =>
  `${dev} ${ino} ${size} ${mtimeNs} ${ctimeNs}`
