/**
 * Stands in for the `security` program of macOS in tests: a script for Node, to be written to a
 * file that is executable.
 */

/** How it differs from the plain one. */
export interface SecurityOptions {
  /** Asking for a secret opens a dialog that nobody answers. */
  readonly hangs?: boolean
}

/**
 * Below `folder`: the items in `items.json` (service, account, password), each call's arguments in
 * `arguments`, and the arguments of every process there is while it runs in `processes` (Linux).
 * Speaks the three forms in use.
 */
export const scriptedSecurity = (
  folder: string,
  { hangs = false }: SecurityOptions = {}
): string => `#!${process.execPath}
const fs = require("node:fs")
const args = process.argv.slice(2)
fs.appendFileSync(${JSON.stringify(`${folder}/arguments`)}, JSON.stringify(args) + "\\n")
const processes = fs.existsSync("/proc") ? fs.readdirSync("/proc").filter((name) => /^[0-9]+$/.test(name)) : []
for (const id of processes) {
  try { fs.appendFileSync(${JSON.stringify(`${folder}/processes`)}, fs.readFileSync("/proc/" + id + "/cmdline", "utf8").replaceAll("\\0", " ") + "\\n") } catch {}
}
const file = ${JSON.stringify(`${folder}/items.json`)}
const items = JSON.parse(fs.readFileSync(file, "utf8"))
const option = (name, list) => { const at = list.indexOf(name); return at < 0 ? undefined : list[at + 1] }
const find = (list) => items.find((item) => item.service === option("-s", list) && (option("-a", list) ?? item.account) === item.account)
if (args[0] === "find-generic-password") {
  const item = find(args)
  if (item === undefined) { process.stderr.write("security: SecKeychainSearchCopyNext: The specified item could not be found in the keychain.\\n"); process.exit(44) }
  if (!args.includes("-w")) { process.stdout.write('keychain: "/k"\\nclass: "genp"\\nattributes:\\n    "acct"<blob>="' + item.account + '"\\n    "svce"<blob>="' + item.service + '"\\n'); process.exit(0) }
  if (${hangs}) { setInterval(() => {}, 1000) } else {
    const plain = /^[\\x20-\\x7e]*$/.test(item.password)
    process.stdout.write((plain ? item.password : Buffer.from(item.password).toString("hex")) + "\\n")
  }
} else if (args[0] === "-i") {
  let text = ""
  process.stdin.on("data", (chunk) => { text += chunk }).on("end", () => {
    for (const line of text.split("\\n").filter(Boolean)) {
      const words = [...line.slice(0, 4096).matchAll(/"((?:[^"\\\\]|\\\\.)*)"|(\\S+)/g)].map((m) => m[2] ?? m[1].replace(/\\\\(.)/g, "$1"))
      if (words[0] !== "add-generic-password" || !words.includes("-U")) process.exit(2)
      const item = find(words)
      const password = Buffer.from(option("-X", words), "hex").toString("utf8")
      if (item === undefined) items.push({ service: option("-s", words), account: option("-a", words), password })
      else item.password = password
      fs.writeFileSync(file, JSON.stringify(items))
    }
  })
} else process.exit(2)
`
