/**
 * `clawdbot doctor`: what is wrong, why it matters, what cures it (config-and-cli.md §10). Works with a config that nothing else can work with
 * (decision D20). Repairs are made with `--fix`; those that rename or move something want a yes as well.
 */
import { ofCredentials } from "@clawdbot/domain/Status/credentialFindings"
import * as Doctor from "@clawdbot/domain/Status/Doctor"
import * as Effect from "effect/Effect"
import { command, type Flags, flagSwitch } from "../argv/spec.ts"
import { gather } from "../doctor/gather.ts"
import { carryOut } from "../doctor/repair.ts"
import { render } from "../doctor/text.ts"
import { exit } from "../exit.ts"
import { Terminal } from "../terminal/Terminal.ts"

const flags = {
  fix: flagSwitch("Repair what can be repaired: older config keys, permissions, and what is agreed to."),
  repair: flagSwitch("The same as --fix."),
  yes: flagSwitch("Repair, and agree to every repair."),
  "non-interactive": flagSwitch("Agree to nothing but what --yes says."),
  json: flagSwitch("Print the findings as one JSON document."),
  force: flagSwitch("Does nothing."),
  deep: flagSwitch("Does nothing."),
  "generate-gateway-token": flagSwitch("Does nothing."),
  "no-workspace-suggestions": flagSwitch("Does nothing.")
} satisfies Flags

/** The command. */
export const doctor = command({
  name: "doctor",
  describe: "Find out what is wrong with the config and the credentials, and repair it.",
  flags,
  run: (values) =>
    Effect.gen(function* () {
      const terminal = yield* Terminal
      const findings = Doctor.examine(yield* gather, ofCredentials)
      const agreed = values.yes || (terminal.interactive && !values["non-interactive"])
      const isRepairing = values.fix || values.repair || values.yes
      const repairable = findings.filter(({ repair }) => repair !== undefined)
      const now = repairable.filter(
        ({ repair }) => repair !== undefined && isRepairing && (agreed || !Doctor.wantsConsent(repair))
      )
      const repaired = yield* Effect.forEach(
        now.flatMap(({ repair }) => repair ?? []),
        carryOut
      )
      const pending = repairable.filter((finding) => !now.includes(finding))
      yield* terminal.result(
        values.json
          ? JSON.stringify({ findings: findings.map(withoutRepair), repaired }, null, 2)
          : render({ findings, repaired, pending }, terminal.color)
      )
      return exit.done
    })
})

const withoutRepair = ({ repair, ...finding }: Doctor.Finding) => ({ ...finding, repairable: repair !== undefined })
