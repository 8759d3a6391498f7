// Writes a line for each mutant as soon as it is judged, so that a run that is ended has results.
import { appendFileSync, mkdirSync } from "node:fs"
import { relative } from "node:path"
import { declareClassPlugin, PluginKind } from "@stryker-mutator/api/plugin"

const file = ".cache/mutation/results.jsonl"

export const writeLine = ({ fileName, id, location, mutatorName, replacement, status }) => {
  const { line, column } = location.start
  const at = `${relative("packages/domain/src", fileName)}:${line}:${column}`
  mkdirSync(".cache/mutation", { recursive: true })
  appendFileSync(file, `${JSON.stringify({ at, status, mutatorName, replacement, id })}\n`)
}

class ResultLines {
  onMutantTested(mutant) {
    writeLine(mutant)
  }
}

export const strykerPlugins = [declareClassPlugin(PluginKind.Reporter, "result-lines", ResultLines)]
