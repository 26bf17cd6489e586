import { z } from 'zod';

const STORES = ['memory', 'redis', 'disk'] as const;
const text = z.string({ error: 'must be text that is not empty' }).min(1, { error: 'must be text that is not empty' });

/** What is behind the memory; the members of a configuration that say so. What they hold is checked in depth by the tier itself. */
export const storeShape = {
  store: z.enum(STORES, { error: `must be one of ${STORES.join(', ')}` }).default('memory'),
  redis: z
    .looseObject({
      url: text.optional(),
      host: text.optional(),
      port: whole(0, 65_535).optional(),
      db: whole(0, 1_000_000).optional(),
    })
    .default({}),
  disk: z.looseObject({ path: text.optional() }).default({}),
};

/** The part of a configuration that says what is behind the memory. */
export type StoreConfig = z.infer<z.ZodObject<typeof storeShape>>;

function whole(min: number, max: number) {
  const error = `must be a whole number from ${min} to ${max}`;
  return z.int({ error }).min(min, { error }).max(max, { error });
}
