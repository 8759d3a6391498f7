/**
 * Starts, stops and restarts the installed service of the gateway; where there is none, says what
 * to do instead.
 */
import { ifDefined } from "@clawdbot/domain/Document/defined"
import { Environment } from "@clawdbot/domain/Environment/Environment"
import { StatePaths } from "@clawdbot/domain/Environment/StatePaths"
import { socketPath } from "@clawdbot/http/control/ControlSocket"
import { maxBytes, readIfPresent } from "@clawdbot/node/File/readDocument"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import { GatewayNotRunning, NotOffered } from "../CliError.ts"
import { exit } from "../exit.ts"
import { IoStreams } from "../terminal/IoStreams.ts"
import { runHeard } from "../terminal/runProgram.ts"
import { askingGateway, withSpinner } from "../terminal/withSpinner.ts"
import { gatewayInfo, isNoneRunning } from "./runningGateway.ts"
import * as Service from "./service.ts"
import { runningLines } from "./status.ts"

/** How long a service may take until its gateway says where it is. */
const startTime = "20 seconds"

const byHand = "clawdbot gateway"

/** One whose process is not known is of an older version, or hangs. */
const withoutService = (action: "stop" | "restart", pid: number | undefined): string => {
  const how = pid === undefined ? "press Ctrl-C where it was started" : `kill ${pid}`
  const stop = `to stop the gateway that runs: ${how}`
  if (action === "stop") return stop
  return `${stop}; then start it again: ${byHand}`
}

/** Why the service cannot be used, with what to do instead. `pid` is the gateway that runs. */
const unusable = (
  action: Service.ServiceAction,
  what: string,
  { isNone, pid, socket }: { isNone: boolean; pid: number | undefined; socket: string }
) => {
  if (action === "start")
    return new NotOffered({
      what,
      instead: `${byHand}; to install a service: clawdbot gateway install`
    })
  if (isNone) return new GatewayNotRunning({ path: socket })
  return new NotOffered({ what, instead: withoutService(action, pid) })
}

/** The unit that is installed for this state folder; fails with what to do where there is none. */
const findUnit = Effect.fn("runService.findUnit")(function* (action: Service.ServiceAction) {
  const { home, stateDir } = yield* StatePaths
  const variables = yield* (yield* Environment).base
  const configHome = ifDefined(variables.get("XDG_CONFIG_HOME")?.value, Redacted.value)
  const manager: Service.ServiceManager = process.platform === "darwin" ? "launchd" : "systemd"
  const file = Service.unitFile(manager, home, configHome)
  const unit = yield* Effect.orElseSucceed(readIfPresent(file, maxBytes.settings), () => undefined)
  const running = yield* askingGateway(gatewayInfo)
  const seen = {
    isNone: running === undefined && (yield* askingGateway(isNoneRunning)),
    pid: running?.pid,
    socket: socketPath(stateDir)
  }
  if (unit === undefined)
    return yield* unusable(
      action,
      `no service is installed for the gateway (${file} does not exist)`,
      seen
    )
  const served = Service.servedFolder(manager, unit.text)
  if (served !== undefined && served !== stateDir)
    return yield* unusable(
      action,
      `the installed service serves another state folder: ${served}`,
      seen
    )
  return { manager, before: running?.pid }
})

/** Does it, and waits until the gateway says where it runs. Nothing to stop is no failure. */
export const runService = (action: Service.ServiceAction) =>
  Effect.catchIf(
    carryOut(action),
    (error) => action === "stop" && error._tag === "GatewayNotRunning",
    () =>
      Effect.flatMap(IoStreams, ({ stderr }) =>
        Effect.as(
          stderr("clawdbot: no gateway is running on this state folder; nothing to stop"),
          exit.done
        )
      )
  )

const carryOut = (action: Service.ServiceAction) =>
  Effect.gen(function* () {
    const io = yield* IoStreams
    const { before, manager } = yield* findUnit(action)
    const [program, ...words] = Service.serviceCommand(manager, action, process.getuid?.() ?? 0)
    const { end: status, lines } = yield* withSpinner(
      `waiting for ${program}`,
      runHeard(program, words)
    )
    if (lines.length > 0) yield* io.stderr(lines)
    const line = [program, ...words].join(" ")
    if (status !== 0)
      return yield* new NotOffered({
        what: `${line} failed (${status})`,
        instead: `see why: ${Service.logCommand(manager)}`
      })
    if (action === "stop") {
      yield* io.stderr("clawdbot: the service is stopped")
      return exit.done
    }
    const started = gatewayInfo.pipe(
      Effect.filterOrFail(
        (info) => info !== undefined && (action === "start" || info.pid !== before),
        () =>
          new NotOffered({
            what: "the service was started, but its gateway does not answer",
            instead: `see why: ${Service.logCommand(manager)}`
          })
      ),
      Effect.retry(Schedule.spaced("200 millis").pipe(Schedule.upTo(startTime)))
    )
    const running = yield* askingGateway(started)
    yield* io.stdout(runningLines(running, yield* Clock.currentTimeMillis))
    return exit.done
  })
