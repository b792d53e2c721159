import { z } from 'zod'
import { timeMsSchema } from './candle'

/** A feed's words are cut at these lengths, in characters: a headline is a sentence, not a page. */
export const longestTitle = 300
export const longestSource = 80
const longestLink = 2_000

const oneLine = (most: number) => z.string().min(1).max(most)

/** One headline, as it was taken from a feed or a recording. Its words are somebody else's: text to show, never markup. */
export const headlineSchema = z.object({
  /** Follows from the publisher's id, the link and the words: the same headline fetched again is the same one. */
  headlineId: z.string().min(1).max(64),
  title: oneLine(longestTitle),
  /** The feed's own name, or the host that it came from. */
  source: oneLine(longestSource),
  /** http or https; null where the feed gives none. */
  link: z
    .url({ protocol: /^https?$/ })
    .max(longestLink)
    .nullable(),
  /** What the publisher says; it may only make a headline older, never known earlier. */
  publishedAtMs: timeMsSchema.nullable(),
  /** When the desk first saw it. Nothing decided before this moment may use it. */
  knownAtMs: timeMsSchema,
})

export type Headline = Readonly<z.infer<typeof headlineSchema>>

/** Who read a headline: the FinGPT slot's own model, or the word list. */
export const sentimentScorerSchema = z.enum(['fingpt', 'lexicon'])

export type SentimentScorer = z.infer<typeof sentimentScorerSchema>

/** A headline as the desk uses it: what it is about, and what a scorer makes of it. */
export const readHeadlineSchema = headlineSchema.extend({
  /** Base assets that it names ("BTC"); empty when it names none and so concerns the whole market. */
  assets: z.array(z.string().max(20)),
  scorer: sentimentScorerSchema,
  /** Probability of good news less that of bad news, -1 to 1. */
  score: z.number().min(-1).max(1),
})

export type ReadHeadline = Readonly<z.infer<typeof readHeadlineSchema>>

/** A headline as a model is shown it, part of the context that a decision was made on. */
export const quotedHeadlineSchema = z.strictObject({
  headlineId: z.string(),
  title: z.string(),
  source: z.string(),
  /** Whole minutes from when it was published, or became known, to the candle's close. */
  ageMinutes: z.int().nonnegative(),
  score: z.number().min(-1).max(1),
})

export type QuotedHeadline = Readonly<z.infer<typeof quotedHeadlineSchema>>

const feedUrl = z.url({ protocol: /^https?$/ }).max(longestLink)

/** News are off until somebody names feeds and turns them on. */
export const newsSettingsSchema = z.strictObject({
  enabled: z.boolean().default(false),
  /** RSS, Atom, RDF or JSON feeds. */
  feeds: z.array(feedUrl).max(50).default([]),
  /** A headline counts half after so long; after four times as long it no longer counts. */
  halfLifeHours: z.number().min(0.1).max(168).default(6),
  /** Most headlines that a model is shown with one decision. */
  maxHeadlines: z.int().min(0).max(10).default(3),
  pollMinutes: z.number().min(1).max(1440).default(5),
  /** Feeds on this machine or in its network; refused otherwise, because a feed's redirect could reach into it. */
  allowPrivateAddresses: z.boolean().default(false),
})

export type NewsSettings = Readonly<z.infer<typeof newsSettingsSchema>>

/** How a feed fared when it was last asked. */
export const feedStateSchema = z.object({
  url: z.string(),
  /** The feed's own name; null before it was read. */
  title: z.string().nullable(),
  askedAtMs: timeMsSchema.nullable(),
  /** Why it could not be read; null while all is well. */
  problem: z.object({ code: z.string(), message: z.string() }).nullable(),
})

export type FeedState = Readonly<z.infer<typeof feedStateSchema>>

/** A headline on a screen; the score is null until somebody has read it. */
export const shownHeadlineSchema = headlineSchema.extend({
  scorer: sentimentScorerSchema.nullable(),
  score: z.number().nullable(),
})

export type ShownHeadline = Readonly<z.infer<typeof shownHeadlineSchema>>

/** What `news list` and the screen's panel show. */
export const newsViewSchema = z.object({
  enabled: z.boolean(),
  feeds: z.array(feedStateSchema),
  /** Newest first. */
  headlines: z.array(shownHeadlineSchema),
})

export type NewsView = Readonly<z.infer<typeof newsViewSchema>>

/** The same on the screen, beside what the settings say: the next live run begins with that. */
export const screenNewsSchema = newsViewSchema.extend({
  /** Null where the settings cannot be read. */
  setting: z.object({ enabled: z.boolean(), feeds: z.int().nonnegative() }).nullable(),
})

export type ScreenNews = Readonly<z.infer<typeof screenNewsSchema>>
