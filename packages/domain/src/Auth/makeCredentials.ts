/**
 * The public `Credentials` service over the policies (decision D44): the same choice, the same
 * walk and the same records as those of the gateway and the command.
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as AgentId from "../Agent/AgentId.ts"
import * as AgentRegistry from "../Agent/AgentRegistry.ts"
import { ConfigStore } from "../Config/ConfigStore.ts"
import type { Credential, ReportedAnswer, Verdict } from "../Credential.ts"
import { type Answer, Credentials, type Request } from "../Credentials.ts"
import { ifDefined } from "../Document/defined.ts"
import { StatePaths } from "../Environment/StatePaths.ts"
import { HealthStore } from "../Health/HealthStore.ts"
import { isLoginRefused } from "../Health/UpstreamFailure.ts"
import * as ModelCatalog from "../Model/ModelCatalog.ts"
import { OAuthRefresh } from "../OAuth/OAuthRefresh.ts"
import * as ProfileId from "../Profile/ProfileId.ts"
import { ProfileStore } from "../Profile/ProfileStore.ts"
import * as ProviderId from "../Profile/ProviderId.ts"
import * as Attempts from "./Attempts.ts"
import type { AuthRequest } from "./AuthRequest.ts"
import { AuthResolver } from "./AuthResolver.ts"
import type { CredentialUse } from "./CredentialUse.ts"
import { credentialFailure, nothingKnown } from "./credentialFailure.ts"
import type { ProviderRefused } from "./credentialFailures.ts"
import type { Explanation } from "./Explanation.ts"
import { Failover } from "./Failover.ts"
import * as OpenAnswer from "./openAnswer.ts"
import { renew } from "./prepareUse.ts"
import { providerRefused, publicCredential, resultOfAnswer, verdictOf } from "./publicCredential.ts"
import { withCures } from "./rejectionCure.ts"
import { publicError, SendFailed } from "./SendFailed.ts"

/** What a person sees of an explanation: the rest changes with every request. */
const shown = ({ candidates, chosen, nextAt, rejected }: Explanation): string =>
  JSON.stringify([
    chosen,
    nextAt,
    candidates.map(({ obstacles, profile, state }) => [
      profile,
      state,
      obstacles.map(({ class: failureClass, scope, until }) => [failureClass, scope, until])
    ]),
    rejected
  ])

const textOf = (text: string | undefined): string | undefined => {
  if (text === undefined || text.trim() === "") return undefined
  return text
}

const make = Effect.gen(function* () {
  const resolver = yield* AuthResolver
  const failover = yield* Failover
  const attempts = yield* Attempts.make
  const configs = yield* ConfigStore
  const profiles = yield* ProfileStore
  const healths = yield* HealthStore
  const refresh = yield* OAuthRefresh
  const paths = yield* StatePaths

  const known = Effect.suspend(() => {
    const known = configs.current()
    if (known === undefined) return configs.load
    return Effect.succeed(known)
  })
  const defaultAgent = Effect.map(
    known,
    ({ config }) => AgentRegistry.fromConfig(config, paths).defaultAgent
  )

  const authRequest = Effect.fnUntraced(function* (request: Request) {
    const { agent, conversation, fast, model, path, profile, provider } = request
    const named = ifDefined(textOf(agent), AgentId.normalize)
    const asked: AuthRequest = {
      agent: named ?? (yield* defaultAgent),
      provider: ProviderId.normalize(provider ?? ProviderId.anthropic),
      profile: ifDefined(textOf(profile), ProfileId.of),
      conversation: textOf(conversation),
      model,
      path,
      fast
    }
    return asked
  })

  /** Records what an answer says of a credential that was handed out. */
  const report = (issued: Attempts.Sendable, startedAt: number) =>
    Effect.fn("Credential.report")(function* (answer: ReportedAnswer) {
      const now = yield* Clock.currentTimeMillis
      const { candidate, request, snapshot, use } = issued
      const result = resultOfAnswer(answer, request, now)
      const sending = { ...attempts.begin(issued, now), startedAt }
      const sent = attempts.end(sending, result, now)
      if (result._tag === "Answered") attempts.accept(sending)
      if (result._tag === "Answered" || result._tag === "Abandoned") return verdictOf(result)
      if (isLoginRefused(result.failure)) {
        const { upstream } = snapshot.stored
        const renewed = yield* Effect.option(renew(refresh, candidate, use, upstream))
        if (Option.isSome(Option.flatten(renewed))) {
          yield* attempts.release(sending)
          return "try-next" as const
        }
      }
      yield* attempts.fail(sent, result.failure)
      return verdictOf(result)
    })

  /** Within a walk, which records by itself. */
  const judge = (request: AuthRequest) => (answer: ReportedAnswer) =>
    Effect.map(
      Clock.currentTimeMillis,
      (now): Verdict => verdictOf(resultOfAnswer(answer, request, now))
    )

  const get = Effect.fn("Credentials.get")(function* (request: Request = {}) {
    const asked = yield* authRequest(request)
    const issued = yield* resolver.issue(asked, Duration.toMillis(request.validFor ?? 0))
    return publicCredential(issued.use, report(issued, yield* Clock.currentTimeMillis))
  }, Effect.mapError(credentialFailure))

  /** Where nothing is said of the request, it is one for the model that the agent uses. */
  const forAgentsModel = Effect.fnUntraced(function* (asked: AuthRequest) {
    if (asked.model !== undefined || asked.path !== undefined) return asked
    const { config } = yield* known
    const { resolvedDefault } = ModelCatalog.forAgent(config, asked.agent)
    const { model, provider } = resolvedDefault
    if (provider !== asked.provider) return asked
    return { ...asked, model }
  })

  const explain = Effect.fn("Credentials.explain")(function* (request: Request = {}) {
    return withCures(yield* resolver.explain(yield* forAgentsModel(yield* authRequest(request))))
  }, Effect.mapError(credentialFailure))

  /** Who could answer by now, for an error that has another reason. */
  const evidence = (asked: AuthRequest) =>
    Effect.orElseSucceed(resolver.explain(asked), (): Explanation => {
      const { agent, provider } = asked
      return { ...nothingKnown, agent, provider }
    })

  const use = <E, R>(
    request: Request,
    send: (credential: Credential) => Effect.Effect<Answer, E, R>
  ) =>
    Effect.gen(function* () {
      const asked = yield* authRequest(request)
      const attempt = (use: CredentialUse) =>
        Effect.gen(function* () {
          const answer = yield* send(publicCredential(use, judge(asked)))
          const { headers, status, text } = answer
          const now = yield* Clock.currentTimeMillis
          const result = resultOfAnswer({ status, headers, body: text }, asked, now)
          return { ...result, value: { ...answer, answeredBy: use.profile } }
        }).pipe(Effect.mapError((error) => new SendFailed(error)))
      const { result } = yield* failover.run(asked, attempt)
      if (result._tag === "Answered" || result._tag === "Abandoned") return result.value
      const { answeredBy, headers, status, text } = result.value
      const answer = { status, headers, body: text }
      const explanation = yield* evidence(asked)
      const refused = providerRefused(answer, answeredBy, result.failure, explanation)
      return yield* Effect.fail(new SendFailed(refused))
    }).pipe(Effect.mapError((error) => publicError<E | ProviderRefused>(error)))

  const open = OpenAnswer.make(failover, authRequest, judge, evidence)

  const changes = Stream.mergeAll(
    [
      Stream.map(profiles.changes, () => undefined),
      Stream.map(configs.changes, () => undefined),
      Stream.map(healths.changes, () => undefined),
      // The last, so that no change after it is missed.
      Stream.make(undefined)
    ],
    { concurrency: "unbounded" }
  ).pipe(
    Stream.mapEffect(() => Effect.option(explain())),
    Stream.filterMap((explanation) => explanation),
    Stream.changesWith((one, other) => shown(one) === shown(other))
  )

  return Credentials.of({
    get,
    explain,
    use,
    open,
    useStream: (request, send) =>
      Stream.unwrapScoped(Effect.map(open(request, send), ({ bytes }) => bytes)),
    changes
  })
})

/** The service over whichever ports there are. */
export const layer = Layer.effect(Credentials, make)
