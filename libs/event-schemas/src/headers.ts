/** Headers of a message: names and values as text. */
export type Headers = Readonly<Record<string, string>>;
