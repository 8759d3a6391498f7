/** The path of a request's target: what stands before the question mark. */
export const pathOf = (target: string): string => {
  const end = target.indexOf("?")
  return end < 0 ? target : target.slice(0, end)
}
