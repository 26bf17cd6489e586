import { expect } from 'chai';
import { Undelivered, type Outgoing } from '#src/log/undelivered.js';

/*
 * Invalidations that wait for Redis become one of everything where they are too many. That one bore the token of the last of them. Where
 * the last had arrived in Redis although no answer was heard, and the first try to deliver the one of everything was not answered either,
 * the second try found the token in the stream and took it for appended: other nodes never heard of what the others had named.
 */
describe('invalidations that became one while they waited', () => {
  it('are sent under a token that Redis cannot know yet', () => {
    const waiting = new Undelivered(1);
    const last: Outgoing = {
      record: { markers: [{ kind: 'key', name: 'b' }], soft: false, at: 1 },
      token: 'arrived',
      wasSent: true,
    };
    waiting.add({ record: { markers: [{ kind: 'key', name: 'a' }], soft: false, at: 1 }, token: 'a', wasSent: false });
    waiting.add(last);

    expect(waiting.size).to.equal(1);
    expect(waiting.first).to.deep.include({ wasSent: false });
    expect(waiting.first!.token).to.be.a('string').that.is.not.oneOf(['a', 'arrived']);
  });
});
