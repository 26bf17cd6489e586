import { z } from 'zod';
import { MAX_MEMORY_POLICIES } from './max-memory-policy.js';
import { storeShape } from './store-schema.js';

const text = z.string({ error: 'must be text that is not empty' }).min(1, { error: 'must be text that is not empty' });
const bytes = z.union([z.number(), z.string()], { error: "must be a number of bytes, or text such as '64mb'" });
const port = whole(0, 65_535);
/** Checked in depth by the service, which names the field just as well. */
const section = z.record(z.string(), z.unknown(), { error: 'must be an object' });

const WRITES = ['write-through', 'write-around', 'write-behind'] as const;

/** The section `server` of the configuration, with flags and variables laid over it. */
export const serverSchema = z.strictObject({
  port: port.default(8000),
  host: text.optional(),
  name: text.optional(),
  token: text.optional(),
  readToken: text.optional(),
  tokens: z.array(section, { error: 'must be a list' }).default([]),
  defaultTtl: z.union([z.number(), z.string(), z.null()], { error: 'must be a duration, or null' }).default(3600),
  memory: z
    .strictObject({ maxBytes: bytes.optional(), maxEntries: whole(1, 2 ** 31).optional(), policy: text.optional() })
    .default({}),
  maxMemoryPolicy: z
    .enum(MAX_MEMORY_POLICIES, { error: `must be one of ${MAX_MEMORY_POLICIES.join(', ')}` })
    .optional(),
  ...storeShape,
  writePolicy: z.enum(WRITES, { error: `must be one of ${WRITES.join(', ')}` }).default('write-through'),
  writeBehind: section.default({}),
  limits: section.default({}),
  admin: z
    .union(
      [z.literal(false), z.strictObject({ port: port.optional(), host: text.optional(), token: text.optional() })],
      {
        error: 'must be false or an object',
      },
    )
    .default(false),
});

/** The configuration of `cachewarp server`, checked and with every default filled in. */
export type ServerConfig = z.infer<typeof serverSchema>;

function whole(min: number, max: number) {
  const error = `must be a whole number from ${min} to ${max}`;
  return z.int({ error }).min(min, { error }).max(max, { error });
}
