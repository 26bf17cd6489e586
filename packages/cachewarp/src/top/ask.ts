import type { Explanation, Invalidated, KeyPage, KeySummary, Rankings } from '@cachewarp/admin';
import type { KeyTraffic } from '@cachewarp/core';
import { askAdmin, type AdminAddress } from '../commands/admin-client.js';
import type { Action, KeysInMemory, Order, PurgeTarget, Subject } from './state.js';

/** Keys of each ranking, and of those in memory, that are asked for. */
const RANKED = 100;
const LISTED = 500;
/** Tags of a key that it may be purged by. */
const TAGS = 8;

type Question = Extract<Order, { kind: 'keys' | 'explain' | 'targets' | 'preview' | 'purge' }>;

/**
 * Asks the admin API what was ordered.
 * @throws CommandError when it cannot be reached or refuses
 */
export async function ask(address: AdminAddress, order: Question): Promise<Action> {
  switch (order.kind) {
    case 'keys':
      return { type: 'keys', ...(await keysOf(address, order.prefix)) };
    case 'explain':
      return { type: 'explained', asked: order.asked, explanation: await explain(address, order.subject) };
    case 'targets':
      return { type: 'targets', asked: order.asked, targets: await targetsOf(address, order.subject) };
    case 'preview':
      return { type: 'previewed', asked: order.asked, preview: await invalidate(address, order.target, false, true) };
    case 'purge': {
      const { target, soft } = order;
      const { entries } = await invalidate(address, target, soft, false);
      return { type: 'purged', target, soft, entries };
    }
  }
}

/** The keys that lead, and those in memory: from the beginning, and those that begin with the prefix. */
export async function keysOf(
  address: AdminAddress,
  prefix: string,
): Promise<{ ranking: readonly KeyTraffic[]; memory: KeysInMemory }> {
  const page = async (query: string): Promise<KeyPage> =>
    (await askAdmin(address, `/keys?limit=${LISTED}${query}`)) as KeyPage;
  const [rankings, all, found] = await Promise.all([
    askAdmin(address, `/top?limit=${RANKED}`) as Promise<Rankings>,
    page(''),
    prefix === '' ? undefined : page(`&prefix=${encodeURIComponent(prefix)}`),
  ]);
  const { requests, misses, bytes, savedMs } = rankings;
  const ranked = new Map([...requests, ...misses, ...bytes, ...savedMs].map((traffic) => [traffic.key, traffic]));
  const kept = new Map([...all.keys, ...(found?.keys ?? [])].map((summary) => [summary.key, summary]));
  return { ranking: [...ranked.values()], memory: { keys: [...kept.values()], total: all.total } };
}

/** By URL where there is one, because the rules of HTTP say more than those of the store; else by key. */
async function explain(address: AdminAddress, { key, url }: Subject): Promise<Explanation> {
  const by = async (parameter: 'key' | 'url', value: string): Promise<Explanation> =>
    (await askAdmin(address, `/explain?${parameter}=${encodeURIComponent(value)}`)) as Explanation;
  const known = url ?? /^GET:(https?:\/\/\S+|\/.*)$/i.exec(key ?? '')?.[1];
  if (known === undefined) return by('key', key ?? '');
  if (key === undefined) return by('url', known);
  // A key that only looks like one of a URL has an explanation of its own.
  const explanation = await by('url', known).catch(() => undefined);
  return explanation?.key === key ? explanation : by('key', key);
}

/** The key, and the tags that it has. */
async function targetsOf(address: AdminAddress, subject: Subject): Promise<readonly PurgeTarget[]> {
  const key = subject.key ?? (await explain(address, subject)).key;
  if (key === undefined) return [];
  const page = (await askAdmin(address, `/keys?limit=1&prefix=${encodeURIComponent(key)}`)) as KeyPage;
  const kept: KeySummary | undefined = page.keys.find((summary) => summary.key === key);
  const tags = (kept?.tags ?? []).slice(0, TAGS);
  return [{ kind: 'key', name: key }, ...tags.map((name): PurgeTarget => ({ kind: 'tag', name }))];
}

async function invalidate(
  address: AdminAddress,
  { kind, name }: PurgeTarget,
  soft: boolean,
  dryRun: boolean,
): Promise<Invalidated> {
  return (await askAdmin(address, '/invalidate', {
    [kind]: name,
    soft,
    dryRun,
    reason: 'cachewarp top',
  })) as Invalidated;
}
