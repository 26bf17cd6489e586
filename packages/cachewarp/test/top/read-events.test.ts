import { rejects } from 'node:assert/strict';
import { expect } from 'chai';
import { readEvents, type ServerEvent } from '#src/top/read-events.js';

describe('readEvents', () => {
  async function read(...chunks: (string | Uint8Array)[]): Promise<ServerEvent[]> {
    async function* body(): AsyncGenerator<Uint8Array> {
      for (const chunk of chunks) yield await Promise.resolve(typeof chunk === 'string' ? Buffer.from(chunk) : chunk);
    }
    const events: ServerEvent[] = [];
    for await (const event of readEvents(body())) events.push(event);
    return events;
  }

  it('reads events however they are cut', async () => {
    const text =
      'retry: 2000\n\nid: 7\nevent: frame\ndata: {"at":1,"é":2}\n\n: note\n\nevent: state\r\ndata: [1,\r\ndata: 2]\r\n\r\n';
    const whole = await read(text);
    expect(whole).to.deep.equal([
      { event: 'frame', data: { at: 1, é: 2 } },
      { event: 'state', data: [1, 2] },
    ]);
    const bytes = Buffer.from(text);
    for (let cut = 1; cut < bytes.length; cut++)
      expect(await read(bytes.subarray(0, cut), bytes.subarray(cut))).to.deep.equal(whole);
  });

  it('fails on data that is no JSON', async () => {
    await rejects(read('data: <html>\n\n'), SyntaxError);
  });
});
