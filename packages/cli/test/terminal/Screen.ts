/** What a program shows in a pseudo terminal, and its end. */
import * as pty from "@lydell/node-pty"

/** A terminal with a program in it. */
export interface Screen {
  readonly terminal: pty.IPty
  /** Everything that was shown so far, escape sequences included. */
  text: string
  /** The exit status, once there is one. */
  status: number | undefined
  /** Whether the process has ended, which may go on to further commands. */
  isGone: boolean
  /** Called after each change. */
  changed: () => void
}

/** What a process that goes on to further commands says of the end of one, around its status. */
const end = ["\u001b]ended;", "\u0007"] as const

/** Starts a program in a terminal of its own. */
export const open = (
  program: string,
  folder: string,
  argv: ReadonlyArray<string>,
  variables: Readonly<Record<string, string>>
): Screen => {
  const terminal = pty.spawn(program, [...argv], {
    cols: 100,
    rows: 40,
    cwd: folder,
    env: { ...variables }
  })
  const screen: Screen = {
    terminal,
    text: "",
    status: undefined,
    isGone: false,
    changed: () => undefined
  }
  terminal.onData((text) => {
    screen.text += text
    const [before = "", after] = screen.text.split(end[0])
    if (after?.includes(end[1]) === true) {
      screen.text = before
      screen.status = Number.parseInt(after, 10)
    }
    screen.changed()
  })
  terminal.onExit(({ exitCode }) => {
    screen.status = exitCode
    screen.isGone = true
    screen.changed()
  })
  return screen
}
