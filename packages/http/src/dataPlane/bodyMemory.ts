/**
 * Memory for bodies of many megabytes. The C library of Linux takes the largest block that was ever
 * given back to it, up to 32 MB, for a size that is needed all the time: from then on it keeps
 * blocks up to that size, and twice as much free memory, for itself. Larger blocks come from the
 * system and go back to it at once, and a page of them that nobody writes to does not exist.
 */

/** What the C library does not learn from, in bytes. */
const beyondLearning = 33 * 1024 * 1024

/** What it may learn from, in bytes: keeping twice as much does no harm. */
const harmless = 8 * 1024 * 1024

/** Memory of its own for so many bytes, with whatever stands there. */
export const bodyMemory = (bytes: number): Buffer => {
  if (bytes <= harmless || bytes >= beyondLearning) return Buffer.allocUnsafeSlow(bytes)
  return Buffer.allocUnsafeSlow(beyondLearning).subarray(0, bytes)
}
