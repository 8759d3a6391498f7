/**
 * What makes an image one that can be trusted to be the same tomorrow and to do no harm: the rules
 * of hadolint that matter here (their numbers are named), and a few that it does not have.
 */
import { execForm, parse, type Stage, variablesOf, wordsOf } from "./dockerfile.ts"

/** A rule that is broken, and where. */
export interface Problem {
  readonly rule: string
  readonly line: number
}

const isPinned = (image: string): boolean =>
  image.includes("@sha256:") || /^[^:]+:\d+\.\d+(\.\d+)?[\w.-]*$/.test(image)

const secretName = /(_|^)(KEY|TOKEN|SECRET|PASSWORD)S?$/i
const secretText = /sk-ant-|cbt_/

const of = (stage: Stage, ...names: ReadonlyArray<string>) =>
  stage.instructions.filter(({ name }) => names.includes(name))

const imagesAreExact = (stages: ReadonlyArray<Stage>): ReadonlyArray<Problem> =>
  stages
    .filter(({ image }) => !stages.some(({ name }) => name === image) && !isPinned(image))
    .map(({ line }) => ({ rule: "base image has no exact tag (DL3006, DL3007)", line }))

const packages = (stage: Stage): ReadonlyArray<Problem> =>
  of(stage, "RUN").flatMap(({ args, line }) => {
    const installs = /apt-get install ([^&|;]*)/.exec(args)?.[1]
    if (/\b(sudo|apt) /.test(args)) return [{ rule: "uses sudo or apt (DL3004, DL3027)", line }]
    if (/\bcurl\b.*\|\s*(ba)?sh/.test(args)) return [{ rule: "runs what it downloads", line }]
    if (installs === undefined) return []
    const problems: Array<Problem> = []
    const wanted = installs.split(/\s+/).filter((word) => word !== "" && !word.startsWith("-"))
    if (!wanted.every((word) => word.includes("=")))
      problems.push({ rule: "package without a version (DL3008)", line })
    if (!args.includes("rm -rf /var/lib/apt/lists"))
      problems.push({ rule: "apt lists stay in the image (DL3009)", line })
    if (!installs.includes("--no-install-recommends"))
      problems.push({ rule: "installs what is only recommended (DL3015)", line })
    if (!/(^| )-y\b/.test(installs)) problems.push({ rule: "apt-get without -y (DL3014)", line })
    return problems
  })

const instructionsOf = (stage: Stage): ReadonlyArray<Problem> => [
  ...of(stage, "ADD").map(({ line }) => ({ rule: "ADD in place of COPY (DL3020)", line })),
  ...of(stage, "WORKDIR")
    .filter(({ args }) => !args.startsWith("/"))
    .map(({ line }) => ({ rule: "WORKDIR is not absolute (DL3000)", line })),
  ...of(stage, "RUN")
    .filter(({ args }) => /(^|[;&]) *cd /.test(args))
    .map(({ line }) => ({ rule: "cd in place of WORKDIR (DL3003)", line })),
  ...of(stage, "ENTRYPOINT", "CMD")
    .filter(({ args }) => execForm(args) === undefined)
    .map(({ line }) => ({ rule: "written for a shell, which keeps signals (DL3025)", line })),
  ...of(stage, "ENV", "ARG")
    .filter(
      ({ args }) =>
        secretText.test(args) ||
        args.split(/\s+/).some((word) => {
          const [name = "", value = ""] = word.split("=")
          return secretName.test(name) && value !== ""
        })
    )
    .map(({ line }) => ({ rule: "a secret in the image", line })),
  ...["ENTRYPOINT", "CMD", "HEALTHCHECK"].flatMap((name) =>
    of(stage, name)
      .slice(1)
      .map(({ line }) => ({ rule: `more than one ${name} (DL4003, DL4004, DL3012)`, line }))
  )
]

/** What only the stage has to keep that becomes the image. `isService`: it runs until stopped. */
const imageOf = (stage: Stage, isService: boolean): ReadonlyArray<Problem> => {
  const problems: Array<Problem> = []
  const last = stage.instructions.at(-1)?.line ?? stage.line
  const user = of(stage, "USER").at(-1)
  if (user === undefined || /^(root|0)(:|$)/.test(user.args))
    problems.push({ rule: "runs as root (DL3002)", line: user?.line ?? last })
  else if (!/^\d+(:\d+)?$/.test(user.args))
    problems.push({ rule: "user by name, which Kubernetes cannot check", line: user.line })
  if (!isService) return problems
  const health = of(stage, "HEALTHCHECK").at(-1)
  if (health === undefined) problems.push({ rule: "no HEALTHCHECK (DL3057)", line: last })
  else if (/\b(curl|wget)\b/.test(health.args) || execForm(health.args) === undefined)
    problems.push({ rule: "HEALTHCHECK needs curl or a shell", line: health.line })
  const [entry] = of(stage, "ENTRYPOINT")
  const words = entry === undefined ? [] : (execForm(entry.args) ?? [])
  if (!words.some((word) => /(^|\/)(tini|dumb-init)$/.test(word)))
    problems.push({ rule: "no init for the first process", line: entry?.line ?? last })
  if (of(stage, "VOLUME").length === 0) problems.push({ rule: "state has no volume", line: last })
  const volume = of(stage, "VOLUME").flatMap(({ args }) => wordsOf(args).words)
  const state = variablesOf(stage).CLAWDBOT_STATE_DIR
  if (state !== undefined && !volume.some((folder) => state.startsWith(`${folder}/`)))
    problems.push({ rule: "state outside of the volume", line: last })
  return problems
}

/** Everything that is wrong with a Dockerfile. */
export const lint = (text: string, isService: boolean): ReadonlyArray<Problem> => {
  const stages = parse(text)
  const last = stages.at(-1)
  return [
    ...imagesAreExact(stages),
    ...stages.flatMap(packages),
    ...stages.flatMap(instructionsOf),
    ...(last === undefined ? [{ rule: "no FROM", line: 1 }] : imageOf(last, isService))
  ]
}
