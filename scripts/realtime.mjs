// Finds tests of the short suite that sleep in real time, or that judge by how long something took:
// they waste time on a fast machine and fail on a slow one. A test waits for a condition, moves
// TestClock, or counts. What cannot be had otherwise (another program that is played, a moment of a
// kill that is swept) says why in a comment that begins with `real time:`, right above.
import { execFileSync } from "node:child_process"
import { readFileSync } from "node:fs"

const files = execFileSync("git", ["ls-files", "-co", "--exclude-standard", "packages/*/test/*"], {
  encoding: "utf8"
})
  .split("\n")
  .filter((file) => file.endsWith(".ts") && !file.endsWith(".long.test.ts"))

/** Sleeps that TestClock moves on are no real ones: a file without a live test has no others. */
const isVirtual = (text) =>
  /\bTestClock\b|\bit\.(?:effect|scoped)\(/.test(text) && !/\bit\.(?:live|scopedLive)\b/.test(text)

const rules = [
  { pattern: /\bEffect\.(?:sleep|delay)\(|\bSchedule\.(?:spaced|fixed)\(/, except: isVirtual },
  { pattern: /\bsetTimeout\(/, except: () => false },
  { pattern: /\bperformance\.now\(|\bprocess\.hrtime\b/, except: () => false },
  {
    pattern:
      /\bDate\.now\(\) - (?:beg[iau]n|start\w*|before|since|from|then)\b|\bDate\.now\(\) [<>]/,
    except: () => false
  }
]

let found = 0
let reasons = 0
for (const file of files) {
  let text
  try {
    text = readFileSync(file, "utf8")
  } catch {
    continue
  }
  const active = rules.filter(({ except }) => !except(text))
  const lines = text.split("\n")
  for (const [index, line] of lines.entries()) {
    if (/^\s*(?:\/\/|\*|\/\*\*)/.test(line)) continue
    if (!active.some(({ pattern }) => pattern.test(line))) continue
    if (lines.slice(Math.max(0, index - 4), index).some((above) => above.includes("real time: "))) {
      reasons += 1
      continue
    }
    found += 1
    console.log(`${file}:${index + 1}: ${line.trim()}`)
  }
}
console.log(
  `real time: ${found} without a reason, ${reasons} with one (${files.length} files of tests)`
)
if (found > 0) {
  console.log(
    "Wait for a condition, move TestClock, or count; or say `// real time: why` above the line."
  )
  process.exitCode = 1
}
