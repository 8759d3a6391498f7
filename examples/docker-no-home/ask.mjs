// Asks Claude one thing. `clawdbot` chooses the credential and hears what became of it, so that the
// next attempt, here or in any other program of the same state folder, gets one that works.
import { spawnSync } from "node:child_process"

const question = process.argv[2] ?? "Say hello."
const maxAttempts = 5

/** Runs `clawdbot models auth …`; what it has to say goes to standard error. */
const auth = (...args) =>
  spawnSync("clawdbot", ["models", "auth", ...args], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"]
  })

const report = (credential, response) => {
  const retryAfter = response.headers.get("retry-after")
  const args = ["report", credential.profile, "--status", `${response.status}`]
  if (retryAfter !== null) args.push("--retry-after", retryAfter)
  if (credential.fingerprint !== undefined) args.push("--version", credential.fingerprint)
  auth(...args)
}

for (let attempt = 0; attempt < maxAttempts; attempt++) {
  const printed = auth("print-token", "--json")
  // Its exit status says why there is none: 3 all are cooling down, 4 nothing is configured, 5 a
  // person must sign in again.
  if (printed.status !== 0) process.exit(printed.status ?? 1)
  const credential = JSON.parse(printed.stdout)
  const response = await fetch(`${credential.baseUrl}/v1/messages`, {
    method: "POST",
    headers: {
      ...credential.headers,
      "anthropic-version": "2023-06-01",
      "content-type": "application/json"
    },
    body: JSON.stringify({
      model: process.env.MODEL ?? "claude-opus-4-5",
      max_tokens: 200,
      messages: [{ role: "user", content: question }]
    })
  })
  report(credential, response)
  const answer = await response.json()
  if (response.ok) {
    console.log(answer.content.map(({ text = "" }) => text).join(""))
    process.exit(0)
  }
  console.error(`${credential.profile}: ${response.status} ${answer.error?.message ?? ""}`)
  // What is wrong with the request itself is wrong with every credential.
  if (![401, 403, 429, 529].includes(response.status)) process.exit(1)
}
process.exit(1)
