// @ts-check
// Requests to the gateway. Every one carries the page key: the cookie alone opens nothing, because
// browsers send it to every port of the gateway's host.

const header = "x-clawdbot-page"
const place = "clawdbot page key"
/** The gateway says something at least every 15 s, in ms. */
const silenceMs = 45_000

/** This browser, or this tab, has no session, or none any more. */
export class SessionEnded extends Error {}

/** The gateway did not do what was asked of it; `cure` is what a person does about it. */
export class Refused extends Error {
  /** @param {string} message @param {string} cure */
  constructor(message, cure) {
    super(message)
    this.cure = cure
  }
}

/** @param {string} key */
export const keepPageKey = (key) => sessionStorage.setItem(place, key)

const pageKey = () => sessionStorage.getItem(place) ?? ""

/**
 * @param {string} path
 * @param {RequestInit} options
 */
const send = async (path, options) => {
  const answer = await fetch(path, {
    ...options,
    headers: { ...options.headers, [header]: pageKey() }
  })
  if (answer.status === 401) throw new SessionEnded()
  if (answer.ok) return answer
  const { cure, error, message } = await answer.json().catch(() => ({}))
  const text = message ?? error?.message ?? `the gateway answered ${answer.status}`
  throw new Refused(text, cure ?? "")
}

/**
 * The answer to a question, as a document. `onDate` hears the gateway's time, in epoch ms.
 * @param {string} path
 * @param {Record<string, string>} query
 * @param {(date: number) => void} onDate
 */
export const ask = async (path, query, onDate) => {
  const answer = await send(`${path}?${new URLSearchParams(query)}`, {
    headers: { accept: "application/json" }
  })
  const date = Date.parse(answer.headers.get("date") ?? "")
  if (!Number.isNaN(date)) onDate(date)
  return answer.json()
}

/**
 * Has the gateway carry out an action, once: `nonce` is good for no other request.
 * @param {Record<string, unknown>} action
 * @param {string} nonce
 * @returns {Promise<{ message: string, undo?: { action: string } }>}
 */
export const act = async (action, nonce) => {
  const answer = await send("actions", {
    method: "POST",
    headers: { "content-type": "application/json", "x-clawdbot-nonce": nonce },
    body: JSON.stringify(action)
  })
  return answer.json()
}

/**
 * @param {string} block the lines of one event
 * @returns {{ name: string, data: string }}
 */
const parse = (block) => {
  /** @param {string} field */
  const values = (field) =>
    block
      .split("\n")
      .filter((line) => line.startsWith(`${field}: `))
      .map((line) => line.slice(field.length + 2))
  return { name: values("event").at(-1) ?? "", data: values("data").join("\n") }
}

/**
 * Reads the gateway's events until they end; ends with SessionEnded where they are not to be had.
 * An EventSource would do the same, but it sends no header.
 * @param {() => void} onOpen
 * @param {(name: string, data: string) => void} onEvent
 */
export const readEvents = async (onOpen, onEvent) => {
  const silent = new AbortController()
  let timer = setTimeout(() => silent.abort(), silenceMs)
  try {
    const answer = await send("events", {
      headers: { accept: "text/event-stream" },
      signal: silent.signal
    })
    const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader()
    if (reader === undefined) return
    onOpen()
    let text = ""
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      clearTimeout(timer)
      timer = setTimeout(() => silent.abort(), silenceMs)
      const blocks = (text + value).split("\n\n")
      text = blocks.pop() ?? ""
      for (const block of blocks) {
        const { data, name } = parse(block)
        if (name !== "") onEvent(name, data)
      }
    }
  } finally {
    clearTimeout(timer)
  }
}
