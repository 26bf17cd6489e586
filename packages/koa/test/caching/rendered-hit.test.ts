import { expect } from 'chai';
import { RenderedHit } from '#src/caching/rendered-hit.js';
import { ServerResponse, IncomingMessage } from 'node:http';
import { Socket } from 'node:net';

/** A response to a socket that keeps what it is given. */
function makeResponse(): { response: ServerResponse; written: () => string } {
  const socket = new Socket();
  const chunks: Buffer[] = [];
  socket.write = ((chunk: Buffer) => chunks.push(Buffer.from(chunk)) > 0) as typeof socket.write;
  const response = new ServerResponse(new IncomingMessage(socket));
  response.assignSocket(socket);
  return { response, written: () => Buffer.concat(chunks).toString('latin1') };
}

describe('RenderedHit', () => {
  it('holds a bounded number of bytes in copies, letting the oldest go and making them again', () => {
    const body = Buffer.alloc(16_000, 'x');
    const rendered = Array.from({ length: 1_200 }, () => {
      const hit = new RenderedHit();
      hit.renew(1, ['Age', '1']);
      hit.writeTo(makeResponse().response, 200, '', body);
      return hit;
    });
    const held = rendered.reduce((bytes, hit) => bytes + hit.heldBytes, 0);
    expect(held).to.be.within(1, 16 * 1024 * 1024 + 20_000);
    expect(rendered[0]?.heldBytes).to.equal(0);

    const { response, written } = makeResponse();
    rendered[0]?.writeTo(response, 200, '', body);
    expect(written()).to.equal(`HTTP/1.1 200 OK\r\nAge: 1\r\n\r\n${body.toString()}`);
  });

  it('makes its bytes anew when its fields or the connection change', () => {
    const hit = new RenderedHit();
    const send = (connection: string): string => {
      const { response, written } = makeResponse();
      hit.writeTo(response, 200, connection, Buffer.from('body'));
      return written();
    };
    hit.renew(1, ['Age', '1']);
    expect(send('A: 1\r\n')).to.equal('HTTP/1.1 200 OK\r\nAge: 1\r\nA: 1\r\n\r\nbody');
    expect(send('A: 2\r\n')).to.equal('HTTP/1.1 200 OK\r\nAge: 1\r\nA: 2\r\n\r\nbody');
    hit.renew(2, ['Age', '2']);
    expect(send('A: 2\r\n')).to.equal('HTTP/1.1 200 OK\r\nAge: 2\r\nA: 2\r\n\r\nbody');
  });
});
