// Child processes of the benchmarks: started on one processor where the system allows, measured by
// the kernel, ended by their pid.
import { spawn, spawnSync } from "node:child_process"
import { readdirSync, readFileSync } from "node:fs"
import { cpus } from "node:os"

/** The processor that what is measured runs on; the load comes from another, where there is one. */
export const lastCpu = Math.max(0, cpus().length - 1)

const canPin = spawnSync("taskset", ["-c", "0", "true"]).status === 0

/** The command line that runs on one processor; elsewhere, or on none, the command as it is. */
export const pinned = (cpu, command) =>
  canPin && cpu !== undefined ? ["taskset", "-c", String(cpu), ...command] : command

const running = new Set()
// A benchmark that fails leaves nothing running.
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL")
})

/**
 * Starts a process and resolves with it once `ready` finds something in its output; without `ready`
 * as soon as it runs.
 */
export const start = (cpu, command, ready, env = {}, cwd = undefined) =>
  new Promise((resolve, reject) => {
    const [file, ...rest] = pinned(cpu, command)
    const begun = performance.now()
    const child = spawn(file, rest, {
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
      cwd
    })
    running.add(child)
    child.on("exit", () => running.delete(child))
    let said = ""
    const look = (chunk) => {
      said += chunk
      const found = ready?.(said)
      if (found)
        resolve({ child, found, said: () => said, begun, startedMs: performance.now() - begun })
    }
    child.stdout.on("data", look)
    child.stderr.on("data", look)
    if (ready === undefined) child.on("spawn", () => resolve({ child, said: () => said, begun }))
    child.on("error", reject)
    child.on("exit", (code) =>
      reject(new Error(`${command.join(" ")} ended with ${code}: ${said}`))
    )
  })

/** Ends a process and waits until it is gone. */
export const stop = ({ child }) =>
  new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve()
    child.removeAllListeners("exit")
    child.on("exit", () => {
      running.delete(child)
      resolve()
    })
    child.kill("SIGTERM")
    setTimeout(() => child.kill("SIGKILL"), 5_000).unref()
  })

/** Nanoseconds that the threads of a process ran; undefined where the kernel does not tell. */
const threadNanoseconds = (pid) => {
  try {
    return readdirSync(`/proc/${pid}/task`)
      .map((thread) =>
        Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ")[0])
      )
      .reduce((sum, nanoseconds) => sum + nanoseconds, 0)
  } catch {
    return undefined
  }
}

/**
 * Processor seconds a process has used so far; undefined where the system does not tell. By the
 * nanosecond where the kernel counts so: its other count goes by hundredths of a second, which are
 * two percent of a short round.
 */
export const cpuSeconds = (pid) => {
  const nanoseconds = threadNanoseconds(pid)
  if (nanoseconds > 0) return nanoseconds / 1e9
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ")
    return (Number(fields[11]) + Number(fields[12])) / 100
  } catch {
    return undefined
  }
}

/** Resident memory in MB; undefined where the system does not tell. */
export const residentMb = (pid) => {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]) / 1024
  } catch {
    return undefined
  }
}

const childrenOf = (pid) => {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8")
      .trim()
      .split(" ")
      .filter(Boolean)
      .map(Number)
  } catch {
    return []
  }
}

const overTree = (pid, of) =>
  childrenOf(pid).reduce((sum, child) => sum + overTree(child, of), of(pid) ?? 0)

/** The same over a process and all below it: some programs do their work in workers. */
export const treeCpuSeconds = (pid) => overTree(pid, cpuSeconds)

/** Resident memory in MB of a process and all below it. */
export const treeResidentMb = (pid) => overTree(pid, residentMb)

export const median = (numbers) =>
  [...numbers].sort((a, b) => a - b)[Math.floor((numbers.length - 1) / 2)]
