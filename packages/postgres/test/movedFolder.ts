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
