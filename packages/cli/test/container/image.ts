/**
 * The file system that a Dockerfile of this project makes, without a container engine: its stages
 * are carried out in folders. In place of the base image stand this machine's Node, `env` and what
 * the image installs, with the libraries that they load, and nothing else: no shell, no home.
 */
import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { copyBuildContext, linkDependencies } from "./buildContext.ts"
import { execForm, parse, type Stage, variablesOf, wordsOf } from "./dockerfile.ts"

/** An image that can be started. */
export interface Image {
  /** The folder that becomes its root. */
  readonly root: string
  readonly variables: Readonly<Record<string, string>>
  readonly user: string
  readonly entrypoint: ReadonlyArray<string>
  readonly command: ReadonlyArray<string>
  readonly healthcheck: ReadonlyArray<string>
  readonly volumes: ReadonlyArray<string>
}

const run = (command: string, args: ReadonlyArray<string>, cwd: string, env = {}): string => {
  const done = spawnSync(command, args, {
    cwd,
    encoding: "utf8",
    env: { PATH: process.env.PATH, ...env }
  })
  if (done.status !== 0) throw new Error(`${command} ${args.join(" ")}: ${done.stderr}`)
  return done.stdout
}

/** Copies a program and the libraries that it loads. */
const putProgram = (root: string, from: string, to: string): void => {
  const libraries = spawnSync("ldd", [from], { encoding: "utf8" }).stdout ?? ""
  const files = [...libraries.matchAll(/(?:=> |^\s+)(\/\S+) \(/gm)].map(([, file = ""]) => file)
  for (const [file, name] of [[from, to] as const, ...files.map((file) => [file, file] as const)]) {
    fs.mkdirSync(path.dirname(`${root}${name}`), { recursive: true })
    if (!fs.existsSync(`${root}${name}`)) fs.copyFileSync(fs.realpathSync(file), `${root}${name}`)
  }
}

const putBase = (root: string): void => {
  for (const folder of ["proc", "dev", "etc", "var/lib/apt/lists", "usr/local/bin"])
    fs.mkdirSync(`${root}/${folder}`, { recursive: true })
  fs.mkdirSync(`${root}/tmp`)
  fs.chmodSync(`${root}/tmp`, 0o1777)
  fs.writeFileSync(`${root}/etc/passwd`, "root:x:0:0:root:/root:/bin/sh\n")
  putProgram(root, process.execPath, "/usr/local/bin/node")
  putProgram(root, "/usr/bin/env", "/usr/bin/env")
}

/** The files that a word of a COPY stands for: itself, or what a `*` in its name matches. */
const matching = (folder: string, word: string): ReadonlyArray<string> => {
  const [before = "", after] = word.split("*")
  if (after === undefined) return [word]
  return fs.readdirSync(folder).filter((name) => name.startsWith(before) && name.endsWith(after))
}

/** The commands of a RUN that make the image, each carried out from outside of it. */
const carryOut = (root: string, args: string): void => {
  for (const command of args.split("&&").map((part) => part.trim())) {
    const [program, ...words] = command.split(/\s+/)
    const installs = /^apt-get install (?:-\S+ )*(.*)$/.exec(command)?.[1]
    if (command === "apt-get update") continue
    if (installs !== undefined) {
      for (const wanted of installs.split(/\s+/)) {
        const name = wanted.replace(/=.*/, "")
        putProgram(root, `/usr/bin/${name}`, `/usr/bin/${name}`)
      }
      continue
    }
    const inImage = words.map((word) => (word.startsWith("/") ? `${root}${word}` : word))
    if (program === "rm" && command.includes("/var/lib/apt/lists/*")) continue
    if (program === "install" || program === "mkdir") run(program, inImage, root)
    else if (command.startsWith("npm install -g "))
      run("bash", ["-c", `npm ${inImage.join(" ")} --prefix ${root}/usr/local --offline`], root, {
        HOME: root
      })
    else throw new Error(`this test cannot carry out "${command}"`)
  }
}

/** The stage that builds: in a copy of the build context, with the dependencies that are here. */
const build = (stage: Stage, project: string, folder: string): void => {
  const source = `${folder}/context`
  fs.mkdirSync(source, { recursive: true })
  for (const { args, name } of stage.instructions) {
    if (name === "COPY") {
      copyBuildContext(project, source)
      linkDependencies(project, source)
    }
    if (name === "RUN") {
      const command = args.replaceAll(" /", ` ${folder}/`)
      run("bash", ["-c", command], source, { HOME: folder, CLAWDBOT_COMMIT: "" })
    }
  }
}

/**
 * Makes the image of a Dockerfile below a folder. What it copies and no stage has built is in
 * `context` there.
 */
export const assemble = (project: string, dockerfile: string, folder: string): Image => {
  const stages = parse(fs.readFileSync(path.join(project, dockerfile), "utf8"))
  const last = stages.at(-1)
  if (last === undefined) throw new Error(`${dockerfile} has no FROM`)
  for (const stage of stages.slice(0, -1))
    build(stage, project, path.join(folder, stage.name ?? "build"))
  const root = `${folder}/root`
  putBase(root)
  const found = { user: "0:0", volumes: [] as ReadonlyArray<string> }
  const lists: Record<string, ReadonlyArray<string>> = {}
  for (const { args, name } of last.instructions) {
    const { flags, words } = wordsOf(args)
    if (name === "RUN") carryOut(root, args)
    if (name === "USER") found.user = args
    if (name === "VOLUME") found.volumes = words
    if (["CMD", "ENTRYPOINT", "HEALTHCHECK"].includes(name)) lists[name] = execForm(args) ?? []
    if (name === "COPY") {
      const from = path.join(folder, flags.get("from") ?? "context")
      const to = `${root}${words.at(-1)}`
      for (const file of words.slice(0, -1).flatMap((word) => matching(from, word))) {
        // A file goes into a folder that is named with a slash, a folder's content into any.
        const target = to.endsWith("/") ? path.join(to, path.basename(file)) : to
        const isFolder = fs.statSync(path.join(from, file)).isDirectory()
        fs.cpSync(path.join(from, file), isFolder ? to : target, {
          recursive: true,
          verbatimSymlinks: true
        })
      }
    }
  }
  return {
    root,
    variables: {
      PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
      ...variablesOf(last)
    },
    user: found.user,
    volumes: found.volumes,
    entrypoint: lists.ENTRYPOINT ?? [],
    command: lists.CMD ?? [],
    healthcheck: lists.HEALTHCHECK ?? []
  }
}
