/**
 * The beginnings of the last requests of conversations, in memory, bounded: at most
 * {@link maxBeginnings}, of which the one that was used least recently goes first. Checksums and
 * positions, no text.
 */
import type { Beginning } from "./PrefixBody.ts"

/** So many conversations are kept. */
export const maxBeginnings = 200

/** One of more elements is read anew each time; with these, 200 take some 10 MB at most. */
export const maxElements = 800

/** The memory. A `Map` keeps insertion order, so the first conversation is the oldest. */
export class Beginnings {
  private readonly last = new Map<string, Beginning>()

  /** How many are kept. */
  get size(): number {
    return this.last.size
  }

  /** That of a conversation's last request. */
  of(conversation: string): Beginning | undefined {
    return this.last.get(conversation)
  }

  /** Keeps it in place of the one before. */
  keep(conversation: string, beginning: Beginning | undefined): void {
    this.last.delete(conversation)
    if (beginning === undefined || beginning.sections.messages.length > maxElements) return
    this.last.set(conversation, beginning)
    if (this.last.size <= maxBeginnings) return
    for (const oldest of this.last.keys()) return void this.last.delete(oldest)
  }
}
