/** What a native webhook may hold. Beyond a limit a definition is refused, with the limit in the reason. */
export const nativeLimits = {
  nameChars: 200,
  descriptionChars: 2_000,
  urlChars: 2_048,
  eventTypes: 64,
  headers: 32,
  headerNameChars: 128,
  headerValueChars: 4_096,
  labels: 32,
  labelKeyChars: 64,
  labelValueChars: 256,
  timeoutMs: { min: 1_000, max: 30_000, default: 15_000 },
  /** Waits of a retry schedule, and how long each may be: 100 ms to 24 h. */
  retries: 20,
  retryWaitMs: { min: 100, max: 86_400_000 },
  /** Bytes of an HMAC secret (Standard Webhooks 1.0.0, "Signature scheme"). */
  secretBytes: { min: 24, max: 64 },
} as const;
