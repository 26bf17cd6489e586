import { writeFileSync } from 'node:fs';
import type { Opened } from './opened.js';
import { RedisServer } from './redis-server.js';
import { until } from './until.js';

const MASTERS = 3;
const SLOTS = 16_384;

/** A Redis Cluster of three masters, and as many replicas where they are wanted. */
export async function startCluster(opened: Opened, withReplicas = false): Promise<RedisServer[]> {
  const count = withReplicas ? 2 * MASTERS : MASTERS;
  const options = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '1000', '--repl-diskless-sync-delay', '0'];
  const nodes = await Promise.all(Array.from({ length: count }, () => RedisServer.start(opened, ...options)));
  for (const [index, { client }] of nodes.slice(0, MASTERS).entries()) {
    const first = Math.floor((index * SLOTS) / MASTERS);
    const last = Math.floor(((index + 1) * SLOTS) / MASTERS) - 1;
    const slots = Array.from({ length: last - first + 1 }, (_, at) => first + at);
    // ADDSLOTSRANGE would be shorter, and needs Redis 7.
    await client.send('CLUSTER', 'ADDSLOTS', ...slots);
    await client.send('CLUSTER', 'SET-CONFIG-EPOCH', index + 1);
  }
  for (const { port } of nodes.slice(1)) await nodes[0]!.client.send('CLUSTER', 'MEET', '127.0.0.1', port);
  const isWhole = async ({ client }: RedisServer): Promise<boolean> => {
    const info = await client.text('CLUSTER', 'INFO');
    return info.includes('cluster_state:ok') && info.includes(`cluster_known_nodes:${count}`);
  };
  for (const node of nodes) await until(() => isWhole(node));
  for (const [index, { client }] of nodes.slice(MASTERS).entries()) {
    await client.send('CLUSTER', 'REPLICATE', await nodes[index]!.client.text('CLUSTER', 'MYID'));
    await until(async () => (await client.text('INFO', 'replication')).includes('master_link_status:up'));
  }
  return nodes;
}

/** A master with a replica, and three sentinels that watch it. */
export async function startSentinels(
  opened: Opened,
): Promise<{ master: RedisServer; replica: RedisServer; sentinels: RedisServer[] }> {
  const quick = ['--repl-diskless-sync-delay', '0'];
  const master = await RedisServer.start(opened, ...quick);
  const replica = await RedisServer.start(opened, ...quick, '--replicaof', '127.0.0.1', String(master.port));
  await until(async () => (await replica.client.text('INFO', 'replication')).includes('master_link_status:up'));
  const sentinels = await Promise.all(
    Array.from({ length: 3 }, async () => {
      const config = [
        `sentinel monitor cw 127.0.0.1 ${master.port} 2`,
        'sentinel down-after-milliseconds cw 700',
        'sentinel failover-timeout cw 3000',
      ].join('\n');
      // It writes into its own file what it learns.
      const path = master.path(`sentinel-${Math.random()}.conf`);
      writeFileSync(path, config);
      return RedisServer.startSentinel(opened, path);
    }),
  );
  for (const { client } of sentinels) {
    await until(async () => (await client.text('SENTINEL', 'ckquorum', 'cw').catch(String)).startsWith('OK 3'));
    await until(async () => ((await client.send('SENTINEL', 'replicas', 'cw')) as unknown[]).length === 1);
  }
  return { master, replica, sentinels };
}
