/**
 * Who may look at the dashboard (decision D26a): a one-time link becomes the session of a browser.
 * A session is not kept here: it is signed, so that it outlives the gateway, and ends with the key
 * it was signed with. Pure; times are epoch ms.
 *
 * A session has two halves. The cookie alone opens nothing but the page's files: a browser sends it
 * to every port of the gateway's host, so that any other program of the machine may have seen it.
 * The page key is known to the page alone and goes with every request for data, as a header.
 */

/** How long a link may be opened, in ms. */
export const linkMs = 2 * 60_000
/** How long a browser may look after that, in ms. */
export const sessionMs = 12 * 3_600_000
/** So far ahead may the clock of another gateway of the same store be, in ms. */
export const maxSkewMs = 60_000
/** So many links are remembered; the oldest goes first. */
export const maxLinks = 32

/** Gives the signature of a text under the key of now. */
export type Sign = (text: string) => string

/** Whether two texts are the same, in a time that says nothing of where they differ. */
export type IsSame = (one: string, other: string) => boolean

/** One browser that entered. */
export interface Session {
  readonly id: string
  readonly until: number
}

const signed = (half: "cookie" | "page", { id, until }: Session, sign: Sign): string =>
  sign(`${half} ${id} ${until}`)

/** The cookie of a session. */
export const cookieOf = (session: Session, sign: Sign): string =>
  `${session.id}.${session.until}.${signed("cookie", session, sign)}`

/** What the page of a session sends beside the cookie. */
export const pageKeyOf = (session: Session, sign: Sign): string => signed("page", session, sign)

/**
 * The session of a cookie that is good at a time. `skewMs`: so far ahead may the clock be of the
 * gateway where it began.
 */
export const sessionOf = (
  cookie: string,
  sign: Sign,
  isSame: IsSame,
  now: number,
  skewMs = 0
): Session | undefined => {
  const [, id, until, signature] = /^([\w-]{1,64})\.(\d{1,15})\.([\w-]{1,64})$/.exec(cookie) ?? []
  if (id === undefined || until === undefined || signature === undefined) return undefined
  const session = { id, until: Number(until) }
  // A clock that was set back makes no session longer.
  const isInTime = session.until > now && session.until <= now + sessionMs + skewMs
  if (isInTime && isSame(signed("cookie", session, sign), signature)) return session
  return undefined
}

/** A link's code that any gateway with the key knows: a secret, the link's end, and a signature. */
export const signedCode = (secret: string, until: number, sign: Sign): string =>
  `${secret}.${until}.${sign(`code ${secret} ${until}`)}`

/** The end of a link's code that is good at a time. */
export const endOfCode = (
  code: string,
  sign: Sign,
  isSame: IsSame,
  now: number
): number | undefined => {
  const [, secret, end, signature] = /^([\w-]{1,64})\.(\d{1,15})\.([\w-]{1,64})$/.exec(code) ?? []
  if (secret === undefined || end === undefined || signature === undefined) return undefined
  const until = Number(end)
  // A clock that was set back makes no link longer.
  const isInTime = until > now && until <= now + linkMs + maxSkewMs
  if (isInTime && isSame(sign(`code ${secret} ${until}`), signature)) return until
  return undefined
}

/**
 * Links that were not opened yet, or codes of actions that were not sent: their hashes, and until
 * when they may be.
 */
export type Links = ReadonlyMap<string, number>

/** With one more, without those that ended, and no more than are remembered. */
export const withLink = (links: Links, hash: string, now: number): Links =>
  new Map(
    [...[...links].filter(([, end]) => end > now), [hash, now + linkMs] as const].slice(-maxLinks)
  )

/** Without one that was opened; undefined where there is no such link, or no longer. */
export const withoutLink = (links: Links, hash: string, now: number): Links | undefined => {
  const end = links.get(hash)
  if (end === undefined || end <= now) return undefined
  return new Map([...links].filter(([other]) => other !== hash))
}
