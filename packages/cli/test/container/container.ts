/** A container without an engine: namespaces of its own, and a root that is read-only. */
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as Effect from "effect/Effect"
import { toEnd } from "../clawdbot.ts"
import type { Image } from "./image.ts"

/** Why no container can be started here; undefined where one can. */
export const obstacle = (): string | undefined => {
  if (process.platform !== "linux") return "needs Linux"
  if (process.getuid?.() !== 0) return "needs root, to start a container as another user"
  const mounts =
    "mount --bind /tmp /tmp && mount --rbind /dev /dev && mount -t proc proc /proc && " +
    "mount -o remount,bind,ro /tmp && exec chroot / true"
  const tried = spawnSync("unshare", ["--mount", "--pid", "--fork", "sh", "-c", mounts])
  if (tried.status !== 0) return "needs namespaces, which are not permitted here"
  return undefined
}

/** How a container is started, as with `docker run`. */
export interface ContainerOptions {
  /** `uid:gid`. Default: the image's. */
  readonly user?: string
  /** What is added to the image's variables. */
  readonly env?: Readonly<Record<string, string>>
  /** The folder of this machine that is mounted at the image's volume. */
  readonly volume: string
  /** Files of this machine that are mounted read-only, by their path in the container. */
  readonly files?: Readonly<Record<string, string>>
  /** Default: the image's. */
  readonly entrypoint?: ReadonlyArray<string>
  /** Default: the image's. */
  readonly command?: ReadonlyArray<string>
}

/** Mounts and changes root as an engine does; the program then is the first process. */
const script = `set -e
root=$1 volume=$2 at=$3 user=$4
shift 4
mount --bind "$root" "$root"
mount --rbind /dev "$root/dev"
mount -t proc proc "$root/proc"
mount --bind "$volume" "$root$at"
while [ "$1" != -- ]; do
  mount --bind -o ro "$1" "$root$2"
  mount -o remount,bind,ro "$root$2"
  shift 2
done
shift
mount -o remount,bind,ro "$root"
exec chroot --userspec="$user" --groups= "$root" /usr/bin/env -i "$@"`

/** Starts one. Ends with SIGTERM to the first process; `unshare` ends with its status. */
export const startContainer = (
  image: Image,
  options: ContainerOptions
): ChildProcessWithoutNullStreams => {
  const { command = image.command, entrypoint = image.entrypoint, files = {} } = options
  const variables = Object.entries({ ...image.variables, ...options.env })
  for (const inside of Object.values(files)) {
    // An engine makes what a file is mounted over.
    fs.mkdirSync(`${image.root}${inside}`.replace(/\/[^/]*$/, ""), { recursive: true })
    fs.closeSync(fs.openSync(`${image.root}${inside}`, "a"))
  }
  return spawn(
    "unshare",
    [
      ...["--mount", "--pid", "--fork", "--kill-child", "sh", "-c", script, "sh"],
      ...[image.root, options.volume, image.volumes[0] ?? "", options.user ?? image.user],
      ...Object.entries(files).flat(),
      "--",
      ...variables.map(([name, value]) => `${name}=${value}`),
      ...entrypoint,
      ...command
    ],
    { cwd: "/", stdio: ["pipe", "pipe", "pipe"] }
  )
}

/** The first process of a container, as this machine counts it. */
export const firstProcess = ({ pid }: { readonly pid?: number | undefined }): number =>
  Number(fs.readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim())

/** What a container that ends by itself left behind. */
export const runContainer = (image: Image, options: ContainerOptions, stdin = "") =>
  Effect.map(
    toEnd(() => startContainer(image, options), stdin),
    ({ status, stderr, stdout }) => ({ status, text: `${stdout}${stderr}` })
  )

/** Runs a command inside of a container that runs, as `docker exec` and health checks do. */
export const inContainer = (
  image: Image,
  options: ContainerOptions,
  pid: number,
  argv: ReadonlyArray<string>
) => {
  const [uid = "", gid = ""] = (options.user ?? image.user).split(":")
  const variables = Object.entries({ ...image.variables, ...options.env })
  const { status, stderr, stdout } = spawnSync(
    "nsenter",
    [
      ...["--target", `${pid}`, "--mount", "--pid", "--root", "--wd"],
      ...["--setuid", uid, "--setgid", gid, "/usr/bin/env", "-i"],
      ...variables.map(([name, value]) => `${name}=${value}`),
      ...argv
    ],
    { encoding: "utf8" }
  )
  return { status, text: `${stdout}${stderr}` }
}
