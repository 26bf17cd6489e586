import { startServer, type WritePolicy } from '@cachewarp/server';
import { Database } from './database.js';
import { ProductBacking } from './product-backing.js';

/*
 * The service over the database, in a process of its own: node dist/serve.js <policy> <file>. Prints its address; SIGTERM ends it in order.
 */

const [, , policy, path] = process.argv;
const database = await Database.open(path!);
const server = await startServer({
  port: 0,
  backing: new ProductBacking(database),
  writePolicy: policy as WritePolicy,
  writeBehind: { maxEntries: 200 },
});
console.log(server.url);
process.once('SIGTERM', () => {
  void server.drain().then(({ lost }) => {
    database.close();
    process.exitCode = lost === 0 ? 0 : 1;
  });
});
