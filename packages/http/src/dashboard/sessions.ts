/**
 * Who may look at the dashboard (decision D26a): a one-time link becomes a session of a browser.
 * Pure; secrets come as hashes, times as epoch ms.
 */

/** How long a link may be opened, in ms. */
export const linkMs = 2 * 60_000
/** How long a browser may look after that, in ms. */
export const sessionMs = 12 * 3_600_000
/** So many of each are remembered; the oldest goes first. */
const most = 32

/** Hashes with the time they end. */
type Ends = ReadonlyMap<string, number>

/** What is open now. */
export interface Sessions {
  readonly links: Ends
  readonly sessions: Ends
}

/** Nothing is open. */
export const none: Sessions = { links: new Map(), sessions: new Map() }

/** With one more, without those that ended, and no more than are remembered. */
const withOne = (ends: Ends, hash: string, until: number, now: number): Ends =>
  new Map([...[...ends].filter(([, end]) => end > now), [hash, until] as const].slice(-most))

/** A link was made. */
export const offer = ({ links, sessions }: Sessions, link: string, now: number): Sessions => ({
  links: withOne(links, link, now + linkMs, now),
  sessions
})

/**
 * A link was opened: it is used up, and a session begins. Undefined where there is no such link, or
 * no longer.
 */
export const enter = (
  { links, sessions }: Sessions,
  link: string,
  session: string,
  now: number
): Sessions | undefined => {
  const end = links.get(link)
  if (end === undefined || end <= now) return undefined
  return {
    links: new Map([...links].filter(([hash]) => hash !== link)),
    sessions: withOne(sessions, session, now + sessionMs, now)
  }
}

/** Whether a session is still good. */
export const admits = ({ sessions }: Sessions, session: string, now: number): boolean =>
  (sessions.get(session) ?? 0) > now
