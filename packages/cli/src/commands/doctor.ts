/**
 * `clawdbot doctor`: what is wrong, why it matters, what cures it (docs/command-line.md). Works
 * with a config that nothing else can work with (decision D20). Repairs are made with `--fix`;
 * those that rename or move something want a yes as well.
 */

import { ofBudgets } from "@clawdbot/domain/Budget/budgetFindings"
import { ofFleet } from "@clawdbot/domain/Fleet/fleetFindings"
import { ofCache } from "@clawdbot/domain/PromptCache/cacheFindings"
import { ofAvailability } from "@clawdbot/domain/Status/availabilityFindings"
import { ofCredentials } from "@clawdbot/domain/Status/credentialFindings"
import * as Doctor from "@clawdbot/domain/Status/Doctor"
import type { Facts } from "@clawdbot/domain/Status/DoctorFacts"
import { ofExtraUsage } from "@clawdbot/domain/Status/extraUsageFindings"
import { bySeverity, type Finding, wantsConsent } from "@clawdbot/domain/Status/Finding"
import { ofMachine } from "@clawdbot/domain/Status/machineFindings"
import { version } from "@clawdbot/domain/version"
import * as Effect from "effect/Effect"
import { command } from "../commandLine/definition.ts"
import * as CommandOptions from "../commandLine/options.ts"
import { gather } from "../doctor/gather.ts"
import { openIfPossible } from "../doctor/openIfPossible.ts"
import { carryOut } from "../doctor/repair.ts"
import { renderFindings, renderOutcome } from "../doctor/text.ts"
import { exit } from "../exit.ts"
import { IoStreams } from "../terminal/IoStreams.ts"
import { jsonLines } from "../terminal/lines.ts"
import { withSpinner } from "../terminal/withSpinner.ts"

const options = {
  fix: CommandOptions.flag(
    "fix",
    "Make safe repairs (old config keys, file permissions); ask before any other."
  ),
  repair: CommandOptions.flag("repair", "The same as --fix."),
  yes: CommandOptions.flag("yes", "Make every repair without asking."),
  nonInteractive: CommandOptions.flag(
    "non-interactive",
    "Never ask; make only safe repairs, or with --yes all of them."
  ),
  network: CommandOptions.flag(
    "network",
    "Also check that the provider and its token endpoint are reachable and that the " +
      "clocks agree. Sends no credential."
  ),
  json: CommandOptions.json,
  force: CommandOptions.flag("force", "Does nothing."),
  deep: CommandOptions.flag("deep", "Does nothing."),
  generateGatewayToken: CommandOptions.flag("generate-gateway-token", "Does nothing."),
  noWorkspaceSuggestions: CommandOptions.flag("no-workspace-suggestions", "Does nothing.")
}

/** Requests that fail now come first: they are why people run this. */
const judge = (facts: Facts): ReadonlyArray<Finding> => [
  ...ofAvailability(facts),
  ...ofExtraUsage(facts),
  ...Doctor.examine(facts, ofCredentials)
]

/** The command. */
export const doctor = command({
  name: "doctor",
  description: "Find and fix problems with the config and the credentials.",
  examples: ["clawdbot doctor", "clawdbot doctor --fix"],
  options,
  hidden: ["force", "deep", "generate-gateway-token", "no-workspace-suggestions"],
  run: (values) =>
    openIfPossible((unopenedStore) =>
      Effect.gen(function* () {
        const io = yield* IoStreams
        const { look } = yield* Effect.promise(() => import("../doctor/machine.ts"))
        const { lookAtFleet } = yield* Effect.promise(() => import("../doctor/fleet.ts"))
        const { lookAtCache } = yield* Effect.promise(() => import("../doctor/cache.ts"))
        const { lookAtBudgets } = yield* Effect.promise(() => import("../doctor/budgets.ts"))
        const { budgets, cache, facts, fleet, machine } = yield* withSpinner(
          "checking",
          Effect.bindTo(gather(unopenedStore), "facts").pipe(
            Effect.bind("machine", ({ facts }) => look(facts, values.network)),
            Effect.bind("fleet", () => lookAtFleet(unopenedStore)),
            Effect.bind("cache", () => lookAtCache),
            Effect.bind("budgets", () => lookAtBudgets(unopenedStore))
          )
        )
        const around = [
          ...ofMachine(machine),
          ...ofFleet(fleet, version),
          ...ofCache(cache),
          ...ofBudgets(budgets)
        ]
        const findings = bySeverity([...judge(facts), ...around])
        const agreed = values.yes || (io.interactive && !values.nonInteractive)
        const isRepairing = values.fix || values.repair || values.yes
        const repairable = findings.filter(({ repair }) => repair !== undefined)
        const now = repairable.filter(
          ({ repair }) => repair !== undefined && isRepairing && (agreed || !wantsConsent(repair))
        )
        // What is about to be changed is shown first, also where the change then fails.
        if (!values.json && findings.length > 0)
          yield* io.stdout(renderFindings(findings, io.color))
        const repaired = yield* Effect.forEach(
          now.flatMap(({ repair }) => repair ?? []),
          carryOut
        )
        const pending = repairable.filter((finding) => !now.includes(finding))
        yield* io.stdout(
          values.json
            ? jsonLines({ findings: findings.map(withoutRepair), repaired })
            : renderOutcome({ findings, repaired, pending })
        )
        // The status is about what is left, so that a script sees whether --fix was enough.
        const left =
          repaired.length === 0 ? findings : [...judge(yield* gather(unopenedStore)), ...around]
        if (Doctor.hasProblem(left)) return exit.failed
        return exit.done
      })
    )
})

const withoutRepair = ({ repair, ...finding }: Finding) => ({
  ...finding,
  repairable: repair !== undefined
})
