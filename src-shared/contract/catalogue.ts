import { z } from 'zod'
import { slotSchema } from './model'

/**
 * The catalogue says which model files exist, where they come from, and what the desk may expect of them. One file is
 * bundled (`resources/models/catalogue.json`); a trader's own `catalogue.json` in the data folder adds entries or
 * replaces some by their id. Neither is trusted: every name here becomes part of an address or of a path.
 */
const idSchema = z.string().regex(/^[a-z0-9](?:[a-z0-9.-]{0,62}[a-z0-9])?$/, 'lower-case letters, digits, dots, dashes')

/** "owner/name" on the hub. */
export const repositorySchema = z
  .string()
  .regex(/^[A-Za-z0-9][\w.-]{0,95}\/[A-Za-z0-9][\w.-]{0,95}$/, 'must read owner/name')
  .refine((name) => !name.includes('..'), 'must not hold ".."')

/** A path inside a repository. Its last part names the file on this machine, on every operating system. */
export const repositoryPathSchema = z
  .string()
  .max(200)
  .regex(/^[A-Za-z0-9][\w.-]*(?:\/[A-Za-z0-9][\w.-]*)*$/, 'must be a plain relative path')
  .refine((path) => !path.includes('..'), 'must not hold ".."')
  .refine((path) => !/(?:^|\/)(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|\/|$)/i.test(path), 'is no file name on Windows')

/** A branch or a commit. */
export const revisionSchema = z
  .string()
  .regex(/^[A-Za-z0-9][\w.-]{0,99}$/, 'must be a branch or a commit')
  .refine((name) => !name.includes('..'), 'must not hold ".."')

/** SHA-256 in lower-case hex. */
export const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hex digits')

const mostBytes = 2 ** 42
const mostContextTokens = 2 ** 24
const mostSequences = 64
const mostMonthlyUsd = 100_000
const words = (most: number): z.ZodString => z.string().trim().min(1).max(most)

/** A file that is fetched and held to its hash. */
const hubFileShape = {
  repository: repositorySchema,
  file: repositoryPathSchema,
  revision: revisionSchema,
  /** Exact size; null where it is not known before the first download. */
  bytes: z.int().min(1).max(mostBytes).nullable(),
  /** Null: recorded at the first download, then held. */
  sha256: sha256Schema.nullable(),
}

export const licenceSchema = z.strictObject({
  name: words(80),
  /** Where a person may read about it. */
  url: z.url({ protocol: /^https$/ }).max(300),
  /** The text that is fetched and shown before the first download. */
  source: z.strictObject({ repository: repositorySchema, file: repositoryPathSchema, revision: revisionSchema }),
})

export const adapterSchema = z.strictObject({
  ...hubFileShape,
  /** How to make a GGUF adapter of it. */
  conversion: words(500),
})

export const catalogueEntrySchema = z
  .strictObject({
    id: idSchema,
    slot: slotSchema,
    title: words(80),
    ...hubFileShape,
    file: repositoryPathSchema.refine((path) => path.endsWith('.gguf'), 'must name a .gguf file'),
    /** Rounded size, for the check of the disk where `bytes` is null. */
    aboutBytes: z.int().min(1).max(mostBytes),
    quantization: z.string().regex(/^[A-Z0-9_]{2,16}$/),
    /** Tokens of context the model was trained for. */
    contextTokens: z.int().min(256).max(mostContextTokens),
    /** Tokens of context its slot gives it (checklist S34). */
    slotContextTokens: z.int().min(256).max(mostContextTokens),
    /** How a question is laid out for it. */
    promptForm: z.enum(['phi3', 'chatml', 'deepseek', 'llama3', 'fingpt', 'template']),
    licence: licenceSchema,
    /** Month up to which its training data reach ("2023-10"); null where nobody says. */
    knowledgeCutoff: z
      .string()
      .regex(/^20\d\d-(?:0[1-9]|1[0-2])$/)
      .nullable(),
    speedClass: z.enum(['medium', 'fast', 'fastest']),
    /** Most questions answered side by side (S33); memory decides how many it really is. */
    maxSequences: z.int().min(1).max(mostSequences),
    /** What a rented service for this slot costs a month, as a guide (S35). */
    monthlyUsd: z.number().min(0).max(mostMonthlyUsd),
    specialisation: words(80),
    strengths: z.array(words(120)).min(1).max(6),
    useCase: words(200),
    adapter: adapterSchema.nullable(),
  })
  .refine((entry) => entry.slotContextTokens <= entry.contextTokens, {
    path: ['slotContextTokens'],
    message: 'must not be above contextTokens',
  })

export type CatalogueEntry = Readonly<z.infer<typeof catalogueEntrySchema>>

const mostEntries = 200

/** The file as a whole; its entries are read one by one, so that a bad one does not take the good ones with it. */
export const catalogueFileSchema = z.strictObject({ entries: z.array(z.unknown()).max(mostEntries) })

/** An entry that was left out, and why. */
export const catalogueProblemSchema = z.object({ source: z.string(), entry: z.string(), message: z.string() })

export type CatalogueProblem = Readonly<z.infer<typeof catalogueProblemSchema>>
