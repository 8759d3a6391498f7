// @ts-check
// What the page does to credentials, where the gateway allows it: every action is confirmed, sent
// once with a code of its own, and taken back where that is possible.
import { byId, h } from "./dom.js"
import * as Gateway from "./gateway.js"
import { SessionEnded } from "./gateway.js"
import { chosenAgent, messageOf, notice, now } from "./page.js"
import { printable } from "./printable.js"

/** @typedef {import("./profiles.js").Profile} Profile */
/** @typedef {{ action: string, agent?: string, profile?: string, profiles?: string[] }} Action */
/**
 * @typedef {{ mode: "read-only" | "manage", nonce: string, freshUntil: number, isLoopback: boolean
 * }} Capabilities
 */
/**
 * @typedef {{ title: string, about: string, action: Action, needsFresh?: boolean, asksSecret?:
 * boolean }} Question
 */

/** What the gateway allowed when it was last asked. @type {Capabilities | undefined} */
let allowed

/** Hears that something was changed. @type {() => void} */
let onDone = () => undefined

/** Whether the dashboard may act. */
export const isManaged = () => allowed?.mode === "manage"

/** Whether the gateway was not asked yet what is allowed. */
export const isUnknown = () => allowed === undefined

/** Asks what is allowed now. The code in the answer is good for one action. */
const capabilities = async () => {
  allowed = /** @type {Capabilities} */ (await Gateway.ask("actions", {}, () => undefined))
  return allowed
}

/** Whether what is typed here reaches the gateway without being read by others. */
const isPrivate = () => location.protocol === "https:" || allowed?.isLoopback === true

/** @param {string} text @param {Action} [undo] */
const outcome = (text, undo) => {
  byId("outcome").hidden = false
  byId("outcome-text").textContent = printable(text)
  const button = byId("outcome-undo")
  button.hidden = undo === undefined
  button.onclick = undo === undefined ? null : () => carryOut(undo)
}

/** @param {unknown} error */
const failed = (error) => {
  if (error instanceof SessionEnded) return notice(messageOf(error))
  const cure = error instanceof Gateway.Refused ? error.cure : ""
  outcome(`Not done: ${messageOf(error)}${cure === "" ? "" : `. Fix: ${cure}`}`)
}

/** @param {Action & { secret?: string }} action */
const carryOut = async (action) => {
  try {
    const { nonce } = await capabilities()
    const { message, undo } = await Gateway.act(action, nonce)
    outcome(message, undo)
  } catch (error) {
    failed(error)
  }
  onDone()
}

const dialog = () => /** @type {HTMLDialogElement} */ (byId("confirm"))
const field = () => /** @type {HTMLInputElement} */ (byId("confirm-secret"))

/** @type {Question | undefined} */
let asked

/**
 * What stands in the way of a question, and what to do about it.
 * @param {Question} question
 */
const obstacle = ({ asksSecret, needsFresh }) => {
  if (asksSecret && !isPrivate())
    return [
      "This connection is neither loopback nor https. Run this on the gateway host instead: ",
      "clawdbot models auth paste-token --provider anthropic"
    ]
  if (needsFresh && now() >= (allowed?.freshUntil ?? 0))
    return [
      "This needs a link that was opened less than 5 minutes ago. Run this on the gateway " +
        "host and open the link: ",
      "clawdbot dashboard"
    ]
  return undefined
}

/**
 * Asks a person whether it is to be done.
 * @param {Question} question
 */
const ask = async (question) => {
  try {
    await capabilities()
  } catch (error) {
    return failed(error)
  }
  asked = question
  const [why, command] = obstacle(question) ?? []
  byId("confirm-title").textContent = printable(question.title)
  byId("confirm-about").replaceChildren(
    h("span", {}, why ?? question.about),
    ...(command === undefined ? [] : [h("code", {}, command)])
  )
  const isTyped = question.asksSecret === true && why === undefined
  byId("confirm-field").hidden = !isTyped
  field().required = isTyped
  byId("confirm-yes").hidden = why !== undefined
  dialog().showModal()
  byId(firstField(isTyped, why !== undefined)).focus()
}

/** @param {boolean} isTyped @param {boolean} isImpossible */
const firstField = (isTyped, isImpossible) => {
  if (isTyped) return "confirm-secret"
  if (isImpossible) return "confirm-no"
  return "confirm-yes"
}

/** The secret leaves the page's memory with the request. */
const takeSecret = () => {
  const secret = field().value
  field().value = ""
  return secret
}

const confirmed = () => {
  const question = asked
  const secret = takeSecret()
  dialog().close()
  if (question === undefined) return
  if (question.asksSecret) carryOut({ ...question.action, secret })
  else carryOut(question.action)
}

/**
 * An order in which one profile stands one place earlier or later.
 * @param {string[]} order
 * @param {string} profile
 * @param {-1 | 1} by
 */
export const moved = (order, profile, by) => {
  const from = order.indexOf(profile)
  const to = from + by
  if (from < 0 || to < 0 || to >= order.length) return undefined
  const next = order.filter((one) => one !== profile)
  next.splice(to, 0, profile)
  return next
}

/**
 * Whether a profile is the only one that is usable now.
 * @param {Profile} profile
 * @param {Profile[]} all
 */
const isLastUsable = ({ candidate, profile }, all) =>
  candidate !== undefined &&
  !all.some((one) => one.profile !== profile && one.candidate?.state === "ready")

/**
 * What may be done about a profile, as questions with the words on their buttons.
 * @param {Profile} profile
 * @param {Profile[]} all in the order they are tried
 * @returns {(Question & { label: string })[]}
 */
export const offers = (profile, all) => {
  const { candidate, expiry, profile: id, rejection } = profile
  const owner = candidate?.owner ?? rejection?.owner ?? ""
  const agent = owner === "" ? chosenAgent() || undefined : owner
  /** @param {string} action */
  const about = (action) => ({ action, agent, profile: id })
  // A key of the environment or the config is changed there.
  const isStored = owner !== ""
  const isDisabled = rejection?.reason === "disabled by hand"
  // What an order leaves out stays out.
  const order = all
    .filter((one) => ownerOf(one) === owner && one.rejection?.reason !== "not in the order")
    .map((one) => one.profile)
  /** @param {-1 | 1} by @param {string} label */
  const move = (by, label) => {
    const profiles = moved(order, id, by)
    if (profiles === undefined || !isStored) return []
    return [
      {
        label,
        title: `${label}: ${id}?`,
        about: `From then on exactly these are tried, in this order: ${profiles.join(", ")}`,
        action: { action: "order", agent, profiles },
        needsFresh: true
      }
    ]
  }
  /** @type {(Question & { label: string } | false)[]} */
  const found = [
    candidate !== undefined &&
      candidate.obstacles.length > 0 && {
        label: "Clear cooldown",
        title: `End the cooldown of ${id}?`,
        about: "It is used at once. If the provider still refuses it, it cools down again.",
        action: about("clear")
      },
    isStored &&
      !isDisabled && {
        label: "Disable",
        title: `Disable ${id}?`,
        about: "It is not used until it is enabled again.",
        action: about("disable"),
        needsFresh: isLastUsable(profile, all)
      },
    isStored &&
      isDisabled && {
        label: "Enable",
        title: `Enable ${id}?`,
        about: "It is used again.",
        action: about("enable")
      },
    isStored &&
      expiry?.type === "oauth" && {
        label: "Refresh login",
        title: `Refresh the login ${id}?`,
        about: "It gets new tokens now. The gateway does this by itself before they end.",
        action: about("refresh")
      },
    candidate !== undefined && {
      label: "Send a probe",
      title: `Send a small request with ${id}?`,
      about: "It uses a few tokens, and shows what the provider says.",
      action: about("probe")
    },
    ...move(-1, "Move up"),
    ...move(1, "Move down")
  ]
  return found.filter((one) => one !== false)
}

/** @param {Profile} profile */
const ownerOf = ({ candidate, rejection }) => candidate?.owner ?? rejection?.owner ?? ""

/**
 * The buttons of a profile's details; none where the dashboard only shows.
 * @param {Profile} profile
 * @param {Profile[]} all
 */
export const buttons = (profile, all) => {
  if (!isManaged()) return []
  const row = h("div", { class: "actions", role: "group", "aria-label": "Actions" })
  for (const { label, ...question } of offers(profile, all)) {
    const button = h("button", { type: "button", "data-action": question.action.action }, label)
    button.addEventListener("click", () => ask(question))
    row.append(button)
  }
  return [row]
}

/** Asks what is allowed, and shows it. */
export const load = async () => {
  await capabilities()
  byId("add").hidden = !isManaged()
  byId("mode").textContent = isManaged() ? "Actions are allowed." : "Read-only."
}

/**
 * To be called once. `changed` is called after each action.
 * @param {() => void} changed
 */
export const start = (changed) => {
  onDone = changed
  byId("add").addEventListener("click", () =>
    ask({
      title: "Add a credential",
      about:
        "Paste an Anthropic API key or a setup token. It is stored beside what is there; the " +
        "input is hidden.",
      action: { action: "add", agent: chosenAgent() || undefined },
      needsFresh: true,
      asksSecret: true
    })
  )
  byId("confirm-form").addEventListener("submit", (event) => {
    event.preventDefault()
    confirmed()
  })
  byId("confirm-no").addEventListener("click", () => dialog().close())
  dialog().addEventListener("close", () => {
    asked = undefined
    takeSecret()
  })
  byId("outcome-close").addEventListener("click", () => {
    byId("outcome").hidden = true
  })
}
