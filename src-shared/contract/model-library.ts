import { z } from 'zod'
import { catalogueEntrySchema, catalogueProblemSchema, sha256Schema } from './catalogue'
import { slotSchema } from './model'
import { fitSchema, ggufHeaderSchema, machineSchema, transferProgressSchema } from './model-files'

/** The model library as the command line and the screens see it: what there is, what is installed, what is under way. */
const bytes = z.number().nonnegative()

/** A model file that the library knows, as `models.json` keeps it. */
export const installedModelSchema = z.strictObject({
  id: z.string(),
  slot: slotSchema,
  /** The catalogue entry that it is a copy of; null for any other file. */
  entryId: z.string().nullable(),
  path: z.string(),
  /** The library fetched it, and removes it; a file of somebody else is only forgotten. */
  owned: z.boolean(),
  sizeBytes: bytes,
  /** Of the file when it was hashed. */
  mtimeMs: z.number(),
  sha256: sha256Schema,
  /** The hub's commit; empty where it is not known. */
  commit: z.string(),
  header: ggufHeaderSchema,
  adapterPath: z.string().nullable(),
  addedAtMs: z.int(),
})

export type InstalledModel = Readonly<z.infer<typeof installedModelSchema>>

/** A GGUF file in the folder of another program. */
export const foundModelFileSchema = z.object({
  program: z.enum(['LM Studio', 'Jan', 'Ollama']),
  name: z.string(),
  path: z.string(),
  sizeBytes: bytes,
})

export type FoundModelFile = Readonly<z.infer<typeof foundModelFileSchema>>

export const listedEntrySchema = z.object({
  entry: catalogueEntrySchema,
  /** `partial`: a download was begun and can go on. */
  state: z.enum(['installed', 'partial', 'absent']),
  partialBytes: bytes,
  licenceAccepted: z.boolean(),
})

export const listedModelSchema = installedModelSchema.extend({
  /** `changed`: size or time are others than when it was hashed; it is hashed anew before it is used. */
  state: z.enum(['same', 'changed', 'missing']),
  /** The slots that use this file, by the settings. */
  usedBy: z.array(slotSchema),
})

export type ListedModel = Readonly<z.infer<typeof listedModelSchema>>

/** Something that takes long: its progress while it runs, its end afterwards. */
export const modelJobSchema = z.object({
  kind: z.enum(['pull', 'import', 'verify']),
  /** Entry id, or the path of an import. */
  model: z.string(),
  progress: transferProgressSchema.nullable(),
  /** Null while it runs. */
  ended: z.object({ ok: z.boolean(), code: z.string(), message: z.string() }).nullable(),
})

export type ModelJob = Readonly<z.infer<typeof modelJobSchema>>

/** What the library knows, wherever it is shown. */
export const listedModelsSchema = z.object({
  /** Where downloads go. */
  folder: z.string(),
  entries: z.array(listedEntrySchema),
  installed: z.array(listedModelSchema),
  /** In the folders of other programs; to be imported by their path. */
  found: z.array(foundModelFileSchema),
  /** Slots whose file in the settings the library does not know. */
  strangers: z.array(z.object({ slot: slotSchema, path: z.string() })),
  problems: z.array(catalogueProblemSchema),
})

export type ListedModels = Readonly<z.infer<typeof listedModelsSchema>>

/** The same beside a running desk. */
export const modelsViewSchema = listedModelsSchema.extend({
  /** What the desk began with and goes on with until its next start: an installed model's id, or a path. */
  inUse: z.array(z.object({ slot: slotSchema, model: z.string() })),
  jobs: z.array(modelJobSchema),
})

export type ModelsView = Readonly<z.infer<typeof modelsViewSchema>>

export const modelCheckSchema = z.object({
  slot: slotSchema,
  model: z.string(),
  /** Whether the file is here, or was judged by its header on the hub. */
  installed: z.boolean(),
  header: ggufHeaderSchema,
  fit: fitSchema,
  disk: z.object({ folder: z.string(), freeBytes: bytes, neededBytes: bytes, enough: z.boolean() }),
})

export type ModelCheck = Readonly<z.infer<typeof modelCheckSchema>>

/** Ids of models: which stay loaded together, which are loaded when asked, which never fit. */
export const warmPlanSchema = z.object({
  warm: z.array(z.string()),
  onDemand: z.array(z.string()),
  tooLarge: z.array(z.string()),
  vramBytes: bytes,
  ramBytes: bytes,
})

export type WarmPlan = Readonly<z.infer<typeof warmPlanSchema>>

export const checkedModelsSchema = z.object({
  machine: machineSchema,
  checks: z.array(modelCheckSchema),
  /** Where all were asked about: files that could not be judged, and why. */
  failed: z.array(z.object({ slot: slotSchema, model: z.string(), message: z.string() })),
  /** Of the models that are used or asked about. */
  plan: warmPlanSchema,
})

export type CheckedModels = Readonly<z.infer<typeof checkedModelsSchema>>

export const licenceTextSchema = z.object({
  model: z.string(),
  name: z.string(),
  url: z.string(),
  text: z.string(),
  textSha256: sha256Schema,
  accepted: z.boolean(),
})

export type LicenceText = Readonly<z.infer<typeof licenceTextSchema>>

const modelName = z.string().min(1).max(100)
const filePath = z.string().min(1).max(4096)

/** The calls of a screen; they travel beside `DeskCalls`. What takes long is begun, and told of by `modelsChanged`. */
export const modelCallArguments = {
  models: z.tuple([]),
  /** A slot, or the id of an entry or an installed model; null for all that are used. */
  checkModels: z.tuple([z.strictObject({ model: modelName.nullable() })]),
  modelLicence: z.tuple([z.strictObject({ model: modelName })]),
  /** Begins or goes on. `acceptLicence` is the hash of the text that was shown; `acceptSha256` accepts another file. */
  pullModel: z.tuple([
    z.strictObject({ model: modelName, acceptLicence: sha256Schema.nullable(), acceptSha256: sha256Schema.nullable() }),
  ]),
  /** By the name that it was begun with. Keeps what has arrived; `discard` removes it, and what is said of it. */
  pauseModel: z.tuple([z.strictObject({ model: modelName, discard: z.boolean() })]),
  /** The file's whole path, on the engine's machine. */
  importModel: z.tuple([z.strictObject({ path: filePath, slot: slotSchema })]),
  removeModel: z.tuple([z.strictObject({ model: modelName })]),
  verifyModels: z.tuple([]),
  /** From the next start of the desk on; null gives the slot back to the starter. */
  chooseModel: z.tuple([z.strictObject({ slot: slotSchema, model: modelName.nullable() })]),
}

export const modelCallAnswers = {
  models: modelsViewSchema,
  checkModels: checkedModelsSchema,
  modelLicence: licenceTextSchema,
  pullModel: modelsViewSchema,
  pauseModel: modelsViewSchema,
  importModel: modelsViewSchema,
  removeModel: modelsViewSchema,
  verifyModels: modelsViewSchema,
  chooseModel: modelsViewSchema,
}

export type ModelCallName = keyof typeof modelCallArguments

export type ModelCalls = {
  [Name in ModelCallName]: (
    ...args: z.infer<(typeof modelCallArguments)[Name]>
  ) => Promise<z.infer<(typeof modelCallAnswers)[Name]>>
}

export interface ModelPushes {
  /** Told to a screen once it has asked for the models: how a job goes on, and how it ended. */
  modelsChanged(jobs: readonly ModelJob[]): void
}
