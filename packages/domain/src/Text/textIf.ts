/** Parts of a text that are there only sometimes. */

/** The text where it holds, else nothing. */
export const textIf = (holds: boolean, text: string): string => {
  if (holds) return text
  return ""
}

/** What `render` makes of a value that is there, else nothing. */
export const textOf = <A>(value: A | undefined, render: (value: A) => string): string => {
  if (value === undefined) return ""
  return render(value)
}
