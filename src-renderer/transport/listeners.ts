/** A set of listeners for one kind of news, with the way to leave it. */
export interface Listeners<News> {
  add(listener: (news: News) => void): () => void
  tell(news: News): void
}

export function listeners<News>(): Listeners<News> {
  const present = new Set<(news: News) => void>()
  return {
    add(listener) {
      present.add(listener)
      return () => present.delete(listener)
    },
    tell(news) {
      for (const listener of [...present]) listener(news)
    },
  }
}
