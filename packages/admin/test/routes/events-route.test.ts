import { Readable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { expect } from 'chai';
import { makeAdmin, type Admin } from '../make-admin.js';

interface ServerEvent {
  readonly event: string;
  readonly id: string | undefined;
  readonly data: unknown;
}

describe('GET /events', () => {
  const made: Admin[] = [];
  const administered = (options: Parameters<typeof makeAdmin>[0] = {}): Admin => {
    const admin = makeAdmin(options);
    made.push(admin);
    return admin;
  };
  afterEach(() => made.splice(0).forEach(({ handler }) => handler.close()));

  it('tells the state, the history and then every second what changed, as the text of GET /metrics has it', async () => {
    const admin = administered();
    const listener = await listen(admin);
    expect(names(listener.heard())).to.deep.equal(['state', 'history', 'frame', 'top']);

    await admin.cache.getOrLoad('k', () => 1);
    await admin.cache.getOrLoad('k', () => 1);
    await tick(admin);

    const events = listener.heard();
    const frame = events.find(({ event }) => event === 'frame')!;
    const { samples } = frame.data as { samples: Record<string, number> };
    expect(samples).to.include({
      'cachewarp_requests_total{cache="app",route="default",status="hit"}': 1,
      'cachewarp_requests_total{cache="app",route="default",status="miss"}': 1,
    });
    const text = (await admin.send('GET', '/metrics')).body as string;
    for (const [series, value] of Object.entries(samples)) expect(text).to.include(`${series} ${value}\n`);
    expect(samples).to.not.have.property('cachewarp_coalesced_total{cache="app"}');
    expect(frame.id).to.equal(String((frame.data as { at: number }).at));
  });

  it('tells each decision while somebody listens, and nothing is emitted on hits otherwise', async () => {
    const admin = administered();
    expect(admin.cache.events.has('hit')).to.equal(false);
    const listener = await listen(admin);
    listener.heard();
    await admin.cache.getOrLoad('k', () => 1);
    await admin.cache.getOrLoad('k', () => 1);
    await admin.cache.invalidate({ tag: 't' }, { by: 'me' });
    await tick(admin);

    const [event] = listener.heard().filter((one) => one.event === 'happenings');
    const { happenings } = event!.data as { happenings: Record<string, unknown>[] };
    expect(happenings.map(({ kind, word, key, text }) => [kind, word, key, text])).to.deep.equal([
      ['decision', 'miss', 'k', undefined],
      ['decision', 'hit', 'k', undefined],
      ['invalidated', undefined, undefined, 'purged tag:t by me'],
    ]);

    listener.leave();
    await turn();
    for (let second = 0; second < 15; second++) {
      await tick(admin);
      await admin.cache.getOrLoad('k', () => 1);
    }
    expect(admin.cache.events.has('hit')).to.equal(false);
  });

  it('samples decisions of a busy cache and says how many it left out', async () => {
    const admin = administered();
    const listener = await listen(admin);
    await admin.cache.set('k', 1);
    for (let request = 0; request < 1_000; request++) await admin.cache.getOrLoad('k', () => 1);
    await tick(admin);

    const [event] = listener.heard().filter((one) => one.event === 'happenings');
    const { happenings, skipped } = event!.data as { happenings: object[]; skipped: number };
    expect([happenings.length, skipped]).to.deep.equal([200, 800]);
  });

  it('gives who comes later the history of what others have heard', async () => {
    const admin = administered();
    await listen(admin);
    await admin.cache.getOrLoad('k', () => 1);
    for (let second = 0; second < 3; second++) await tick(admin);

    const later = await listen(admin);

    const history = later.heard().find(({ event }) => event === 'history')!.data as { samples: object }[];
    const joined = Object.assign({}, ...history.map(({ samples }) => samples)) as Record<string, number>;
    expect(history.length).to.equal(5);
    expect(joined['cachewarp_requests_total{cache="app",route="default",status="miss"}']).to.equal(1);
  });

  it('keeps a bounded amount for a reader that takes nothing, gives it up in the end, and nobody else is held up', async () => {
    const admin = administered();
    let filler = 0;
    const snapshot = (): Promise<object[]> =>
      Promise.resolve([
        { name: 'a', values: [{ labels: { text: 'x'.repeat(30_000), round: `${filler++}` }, value: 1 }] },
      ]);
    const busy = administered({ metrics: { contentType: '', text: () => Promise.resolve(''), snapshot } });
    const slow = (await busy.send('GET', '/events')).body as Readable;
    const quick = await listen(busy);
    for (let second = 0; second < 150; second++) {
      await tick(busy);
      expect(slow.readableLength).to.be.below(20 * 1024 * 1024);
    }
    expect(slow.destroyed).to.equal(true);
    expect(names(quick.heard()).filter((name) => name === 'frame')).to.have.length(151);
    expect(admin).to.not.equal(busy);
  });

  it('takes no more listeners than it may have, and takes one again when another has left', async () => {
    const admin = administered({ maxListeners: 1 });
    const first = await listen(admin);
    const refused = await admin.send('GET', '/events');
    expect([refused.status, refused.headers['retry-after']]).to.deep.equal([503, '10']);
    first.leave();
    await turn();
    expect((await admin.send('GET', '/events')).status).to.equal(200);
  });

  it('ends when the handler is closed', async () => {
    const admin = administered();
    const { body } = await admin.send('GET', '/events');
    const ended = new Promise((resolve) => (body as Readable).once('end', resolve).resume());
    admin.handler.close();
    await ended;
  });
});

interface Listener {
  /** What came since the last call. */
  heard(): ServerEvent[];
  leave(): void;
}

async function listen({ send }: Admin): Promise<Listener> {
  const { status, headers, body } = await send('GET', '/events');
  expect([status, headers['content-type']]).to.deep.equal([200, 'text/event-stream; charset=utf-8']);
  const stream = body as Readable;
  let text = '';
  stream.on('data', (chunk: Buffer) => void (text += chunk.toString()));
  await settle();
  return {
    heard: () => {
      const blocks = text.split('\n\n').filter((block) => block.includes('data: '));
      text = '';
      return blocks.map(read);
    },
    leave: () => stream.destroy(),
  };
}

function read(block: string): ServerEvent {
  const lines = new Map(block.split('\n').map((line) => line.split(/: (.*)/s) as [string, string]));
  return { event: lines.get('event')!, id: lines.get('id'), data: JSON.parse(lines.get('data')!) };
}

function names(events: readonly ServerEvent[]): string[] {
  return events.map(({ event }) => event);
}

async function tick({ clock }: Admin): Promise<void> {
  clock.advance(1_000);
  await settle();
}

/** Lets what was begun in this turn come to its end. */
async function settle(): Promise<void> {
  for (let turns = 0; turns < 10; turns++) await turn();
}
