/** State folders that are moved to a store and back, as a test fills them. */
import * as fs from "node:fs/promises"
import * as path from "node:path"
import * as Config from "@clawdbot/domain/Config/Config"
import type { Paths } from "@clawdbot/domain/Environment/StatePaths"
import * as Disk from "@clawdbot/node/File/Disk"
import * as RefreshLeaseSocket from "@clawdbot/node/OAuth/RefreshLeaseSocket"
import * as EnvironmentMemory from "@clawdbot/testing/Environment/EnvironmentMemory"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { type Export, exportStore } from "../src/Move/exportStore.ts"
import { type Import, importFolder } from "../src/Move/importStore.ts"
import { placesOf } from "../src/Move/places.ts"
import { migratedStore } from "./store.ts"
import { stateFolder } from "./usage.ts"

/** Files by their paths in the state folder. */
export type Files = Readonly<Record<string, string>>

/** Where the main agent has its profiles. */
export const store = "agents/main/agent/auth-profiles.json"

/** A folder with something of every kind, in the layouts that people and programs give files. */
export const folder: Files = {
  [store]:
    '{\n\t"x-team": 12345678901234567890,\n\t"profiles": {\n\t\t"anthropic:b" : {' +
    '"type":"oauth","provider":"anthropic","access":"a\\u002d1","refresh":"r-1",' +
    '"expires":4000000000000,"note":1},' +
    '\n\t\t"anthropic:new": {"type":"passkey","blob":[1, 2]},\n\t\t' +
    '"anthropic:a":{"type":"api_key",' +
    '"provider":"anthropic","key":"k-1"} },\n "order": { "anthropic": ["anthropic:a", 7] }, ' +
    '"version": 1 }',
  "agents/work/agent/auth-profiles.json":
    '\uFEFF{"profiles":{"anthropic:w":{"type":"token","provider":"anthropic","token":"t"}}}\r\n',
  "agents/main/agent/auth-profiles.json.logged-out-anthropic%3Aold":
    '{"version":1,"profile":"anthropic:old","at":5,"why":"x","credential":{"type":"api_key",' +
    '"provider":"anthropic","key":"k-old"}}',
  "agents/main/agent/auth-profiles.json.logged-out-anthropic%3Aodd": '{"version":9,"sealed":true}',
  "agents/main/agent/auth-health.json":
    '{"version":1,"x":1,"profiles":{"anthropic:a":{"secretFingerprint":"f","lastGoodAt":7,"y":[1],' +
    '"windows":[{"scope":"credential","until":1,"class":"auth"}]},"odd":7}}',
  "run/refresh-journal/aaaa.json":
    '{"version":1,"state":"settled","at":1,"successor":"bbbb","z":1}',
  "run/refresh-journal/cccc.json":
    '{ "version": 1, "state": "ended", "at": 2, "cause": "revoked" }',
  "run/refresh-journal/dddd.json": '{"version":2,"state":"paused","at":3}',
  "usage/2026-11-01.jsonl":
    '{"h":498192,"a":"main","p":"anthropic:a","m":"m","c":"","t":"","n":1,"x":0,"u":[1,2,3,4,5,6]}\n' +
    '{"h":498192,"a":"main","p":"anthropic:a","m":"m","c":"","t":"","n":2,"x":1,"u":[1,0,0,0,0,0]}\n' +
    '{"later":true}\n',
  "gateway-pins.jsonl": '{"agent":"main","id":"file_1","profile":"anthropic:a","since":3}\n',
  "gateway-clients.json": `{"version":1,"y":2,"clients":{"laptop":{"hash":"${"a".repeat(64)}","createdAt":1.5,"os":"x"}}}`,
  "gateway-tokens.json": '{"client":"client-token","admin":"admin-token","v":1}\n'
}

const pathsOf = (stateDir: string): Paths => ({
  home: stateDir,
  workingFolder: stateDir,
  stateDir,
  configPath: `${stateDir}/clawdbot.json`,
  agentDirOverride: undefined,
  oauthDir: `${stateDir}/credentials`,
  profileName: undefined
})

/** A state folder with these files. */
export const folderWith = (files: Files) =>
  Effect.tap(stateFolder, (folder) =>
    Effect.promise(async () => {
      for (const [name, text] of Object.entries(files)) {
        const file = path.join(folder, name)
        await fs.mkdir(path.dirname(file), { recursive: true })
        await fs.writeFile(file, text)
      }
    })
  )

/** All files below a folder, but for those that a move has put out of use. */
export const filesIn = (folder: string) =>
  Effect.promise(async (): Promise<Files> => {
    const entries = await fs.readdir(folder, { recursive: true, withFileTypes: true })
    const files: Record<string, string> = {}
    for (const entry of entries.filter((found) => found.isFile())) {
      const file = path.join(entry.parentPath, entry.name)
      if (/\.moved-[0-9a-f]{8}/.test(file)) continue
      files[path.relative(folder, file)] = await fs.readFile(file, "utf8")
    }
    return files
  })

const times = { staleMs: 30_000, heartbeatMs: 1_000, maxWaitMs: 50 }

/** A move of a folder into a store. */
export const importOf = (folder: string, different: Partial<Import> = {}): Import => ({
  places: placesOf(pathsOf(folder), Config.empty),
  version: "0.1.0",
  host: "here",
  isServed: Effect.succeed(false),
  times,
  ...different
})

/** A move of a store into a folder. */
export const exportTo = (folder: string, different: Partial<Export> = {}): Export => ({
  places: placesOf(pathsOf(folder), Config.empty),
  version: "0.1.0",
  to: `here:${folder}`,
  isServed: Effect.succeed(false),
  ...different
})

/** Moves a folder into the store of the test. */
export const moveIn = (folder: string, different: Partial<Import> = {}) =>
  Effect.provide(
    importFolder(importOf(folder, different)),
    RefreshLeaseSocket.layerWith({ maxWaitMs: 50 }).pipe(
      Layer.provide(EnvironmentMemory.pathsLayer({ stateDir: folder }))
    )
  )

/** Moves the store of the test into a folder. */
export const moveOut = (folder: string, different: Partial<Export> = {}) =>
  exportStore(exportTo(folder, different))

/** An empty store, and the disk. */
export const emptyStore = () => Layer.merge(migratedStore(), Disk.layer)
