import { addSnapshots } from '@cachewarp/metrics';
import type { AdminSettings } from '../access/admin-options.js';
import type { ServerState } from '../message/admin-answers.js';
import type { HubSource } from '../events/event-hub.js';
import { samplesOf } from '../events/samples-of.js';
import type { NodeView } from '../node/admin-question.js';
import type { AdminNode } from '../node/admin-node.js';
import { mergeTop } from '../node/merge-answers.js';
import { redisState } from './report-routes.js';

/** Keys in each ranking that listeners are told. */
const TOP = 20;

/** What listeners of `GET /events` are told: the figures of all processes that serve this cache. */
export function hubSource({ cache, about, isReady }: AdminSettings, node: AdminNode): HubSource {
  const startedAt = Math.round(performance.timeOrigin);
  /** How far each process had told what happened. */
  const heard: Record<string, number> = {};
  let view: NodeView | undefined;
  return {
    samples: async () => {
      const { answers: snapshots, nodes } = await node.ask({ kind: 'metrics' });
      view = nodes;
      return samplesOf(snapshots.length === 1 ? snapshots[0]! : await addSnapshots(snapshots));
    },
    happenings: async () => {
      const { answers } = await node.ask({ kind: 'happenings', after: { ...heard } });
      for (const { node: name, position } of answers) heard[name] = position;
      return {
        skipped: answers.reduce((sum, { skipped }) => sum + skipped, 0),
        happenings: answers.flatMap(({ happenings }) => happenings).toSorted((a, b) => a.at - b.at),
      };
    },
    top: async () => mergeTop((await node.ask({ kind: 'top', limit: TOP })).answers, TOP),
    state: (): ServerState => {
      const { title = null, routes = [], origins = [] } = about();
      return {
        cache: cache.name,
        startedAt,
        nodes: view?.answered.length ?? 1,
        missing: view?.missing ?? [],
        peers: view?.store ?? 'none',
        draining: !isReady(),
        redis: redisState(cache),
        tiers: {
          memory: { maxBytes: cache.parts.memory.maxBytes ?? null },
          store: cache.parts.guarded && { name: cache.parts.guarded.name, breaker: cache.parts.guarded.breakerState },
        },
        title,
        routes,
        origins,
      };
    },
  };
}
