import { EVICTION_POLICIES, type EvictionPolicyName } from '@cachewarp/core';
import { z } from 'zod';
import { storeShape } from './store-schema.js';

const bytes = z.union([z.number(), z.string()], { error: "must be a number of bytes, or text such as '64mb'" });
const text = z.string({ error: 'must be text that is not empty' }).min(1, { error: 'must be text that is not empty' });
const port = wholeNumber(0, 65_535);
/** Checked in depth by the part that it is for, which names the field just as well. */
const section = z.record(z.string(), z.unknown(), { error: 'must be an object' });
const LOG_LEVELS = ['silent', 'error', 'warn', 'info', 'debug'] as const;

/** What of the admin API may be read without the token: for probes and scrapers that cannot send one. */
const OPEN_PARTS = ['health', 'metrics'] as const;

/**
 * The configuration as a file holds it; flags and variables are laid over it by their paths. Unknown names are refused everywhere: a
 * misspelt one must not be ignored.
 */
export const configSchema = z.strictObject({
  origin: z
    .union([text, z.array(text).min(1)], {
      error: "must be a URL such as 'https://api.example.com', or a list of them",
    })
    .optional(),
  port: port.default(3000),
  host: text.optional(),
  name: text.default('proxy'),
  policy: section.default({}),
  rules: z.array(section, { error: 'must be a list' }).default([]),
  memory: z
    .strictObject({
      maxBytes: bytes.optional(),
      maxEntries: wholeNumber(1, Number.MAX_SAFE_INTEGER).optional(),
      policy: z
        .enum(EVICTION_POLICIES as [EvictionPolicyName, ...EvictionPolicyName[]], {
          error: `must be one of ${EVICTION_POLICIES.join(', ')}`,
        })
        .optional(),
    })
    .default({}),
  ...storeShape,
  limits: section.default({}),
  upstream: section.default({}),
  admin: z
    .union([
      z.literal(false),
      z.strictObject({
        port: port.default(9191),
        host: text.optional(),
        token: text.optional(),
        open: z.array(z.enum(OPEN_PARTS, { error: `must be a list of ${OPEN_PARTS.join(', ')}` })).optional(),
      }),
    ])
    .default({ port: 9191 }),
  tls: z.strictObject({ cert: text, key: text }).optional(),
  workers: wholeNumber(1, 1024).default(1),
  fastLane: z.boolean({ error: 'must be true or false' }).default(true),
  /** For `cachewarp server`, which checks it; see `server-schema.ts`. */
  server: section.optional(),
  log: z.enum(LOG_LEVELS, { error: `must be one of ${LOG_LEVELS.join(', ')}` }).default('info'),
  tracing: z.boolean({ error: 'must be true or false' }).default(false),
});

/** The configuration, checked and with every default filled in. */
export type Config = z.infer<typeof configSchema>;

function wholeNumber(min: number, max: number) {
  const error =
    max === Number.MAX_SAFE_INTEGER
      ? `must be a whole number from ${min}`
      : `must be a whole number from ${min} to ${max}`;
  return z.int({ error }).min(min, { error }).max(max, { error });
}
