/** What a child process writes. */
import type { Readable } from "node:stream"

/** Its output so far: the texts grow while it runs. A character may come in two chunks. */
export const outputOf = (child: { readonly stdout: Readable; readonly stderr: Readable }) => {
  const output = { stdout: "", stderr: "" }
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output.stdout += text
  })
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    output.stderr += text
  })
  return output
}
