import { z } from 'zod';

const bytes = z.union([z.number(), z.string()]);
const text = z.string().min(1);
const port = z.int().min(0).max(65_535);
/** Checked in depth by the part that it is for, which names the field just as well. */
const section = z.record(z.string(), z.unknown());

/**
 * The configuration as a file holds it; flags and variables are laid over it by their paths. Unknown names are refused everywhere: a
 * misspelt one must not be ignored.
 */
export const configSchema = z.strictObject({
  origin: z.union([text, z.array(text).min(1)]).optional(),
  port: port.default(3000),
  host: text.optional(),
  policy: section.default({}),
  rules: z.array(section).default([]),
  memory: z.strictObject({ maxBytes: bytes.optional(), maxEntries: z.int().min(1).optional() }).default({}),
  store: z
    .literal('memory', { error: "must be 'memory': the redis and disk stores are not part of this version" })
    .default('memory'),
  limits: section.default({}),
  upstream: section.default({}),
  admin: z
    .union([
      z.literal(false),
      z.strictObject({ port: port.default(9191), host: text.optional(), token: text.optional() }),
    ])
    .default({ port: 9191 }),
  tls: z.strictObject({ cert: text, key: text }).optional(),
  workers: z.int().min(1).max(1024).default(1),
  log: z.enum(['silent', 'error', 'info', 'debug']).default('info'),
});

/** The configuration, checked and with every default filled in. */
export type Config = z.infer<typeof configSchema>;
