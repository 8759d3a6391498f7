/** A Dockerfile as a list of stages, as far as this project writes them. */

/** One instruction with its arguments as one text, continued lines joined. */
export interface Instruction {
  /** In capitals. */
  readonly name: string
  readonly args: string
  /** From 1. */
  readonly line: number
}

/** What follows a FROM. */
export interface Stage {
  readonly image: string
  readonly name: string | undefined
  readonly line: number
  readonly instructions: ReadonlyArray<Instruction>
}

const instructions = (text: string): ReadonlyArray<Instruction> => {
  const found: Array<Instruction> = []
  let open: { text: string; line: number } | undefined
  for (const [index, line] of text.split("\n").entries()) {
    if (/^\s*(#.*)?$/.test(line)) continue
    const whole: { text: string; line: number } =
      open === undefined
        ? { text: line.trim(), line: index + 1 }
        : { text: `${open.text} ${line.trim()}`, line: open.line }
    if (whole.text.endsWith("\\")) {
      open = { ...whole, text: whole.text.slice(0, -1).trim() }
      continue
    }
    open = undefined
    const [, name = "", args = ""] = /^(\S+)\s*(.*)$/s.exec(whole.text) ?? []
    found.push({ name: name.toUpperCase(), args, line: whole.line })
  }
  return found
}

/** The stages of a Dockerfile. */
export const parse = (text: string): ReadonlyArray<Stage> => {
  const stages: Array<{ -readonly [Key in keyof Stage]: Stage[Key] }> = []
  for (const instruction of instructions(text)) {
    if (instruction.name === "FROM") {
      const [image = "", , name] = instruction.args
        .split(/\s+/)
        .filter((word) => !word.startsWith("--"))
      stages.push({ image, name, line: instruction.line, instructions: [] })
      continue
    }
    const stage = stages.at(-1)
    if (stage !== undefined) stage.instructions = [...stage.instructions, instruction]
  }
  return stages
}

/** The words of `["a", "b"]`; undefined where an instruction is written for a shell. */
export const execForm = (args: string): ReadonlyArray<string> | undefined => {
  const list = /\[.*\]\s*$/s.exec(args)?.[0]
  if (list === undefined) return undefined
  const words: unknown = JSON.parse(list)
  return Array.isArray(words) ? words.map(String) : undefined
}

/** The words of an instruction without its flags, and the flags. */
export const wordsOf = (args: string) => {
  const words = args.split(/\s+/).filter((word) => word !== "")
  const isFlag = (word: string) => word.startsWith("--")
  const flags = words
    .filter(isFlag)
    .map((word) => /^--([\w-]+)=?(.*)$/.exec(word) ?? [])
    .map(([, name = "", value = ""]): readonly [string, string] => [name, value])
  return { words: words.filter((word) => !isFlag(word)), flags: new Map(flags) }
}

/** The variables of the ENV instructions of a stage. */
export const variablesOf = ({ instructions }: Stage): Readonly<Record<string, string>> =>
  Object.fromEntries(
    instructions
      .filter(({ name }) => name === "ENV")
      .flatMap(({ args }) =>
        [...args.matchAll(/([\w]+)=(?:"([^"]*)"|(\S*))/g)].map(
          ([, name = "", quoted, plain]): [string, string] => [name, quoted ?? plain ?? ""]
        )
      )
  )
