/**
 * Texts that clients or the provider make up, short enough to be kept after the request: in logs,
 * figures, files and as keys of maps.
 */

/** The longest text of somebody else's that outlives a request, in characters. */
export const maxText = 256

/** What is kept of a longer one: its beginning and its end, so that most still differ. */
const head = 160
const tail = 80

/**
 * A part of a text as a text of its own: a mere slice would keep all of the text in memory for as
 * long as itself is there.
 */
const copied = (text: string, start: number, end: number): string => {
  const units: Array<number> = []
  for (let index = start; index < end; index++) units.push(text.charCodeAt(index))
  return String.fromCharCode(...units)
}

/** A text of at most {@link maxText} characters; a longer one is cut in its middle. */
export const shortText = (text: string): string => {
  if (text.length <= maxText) return text
  return `${copied(text, 0, head)}…${copied(text, text.length - tail, text.length)}`
}

/**
 * The same for a part of a longer text, which is not kept for the part's sake. Costs a copy: for
 * what is told of a request, not for what every request passes through.
 */
export const shortPart = (text: string, start: number, end: number): string => {
  if (end - start <= maxText) return copied(text, start, end)
  return `${copied(text, start, start + head)}…${copied(text, end - tail, end)}`
}

/** How much of a long text is kept at its beginning and at its end, in characters. */
export const shownOfLong = { head, tail } as const
