import { EventBus, systemClock } from '@cachewarp/core';
import { EventRecorder } from '@cachewarp/core/testing';
import { diskStore } from '@cachewarp/disk';
import { expect } from 'chai';
import { writeUntilKilled } from '#src/disk-process.js';
import { Opened } from '#src/opened.js';
import { makeTemporaryFolder } from '#src/temporary-folder.js';

const KILLS = 30;

describe('a process killed while it writes to a disk store', function () {
  this.timeout(120_000);
  const opened = new Opened();
  afterEach(() => opened.close());

  it(`leaves everything that it stored, whole, after each of ${KILLS} kills`, async () => {
    const path = makeTemporaryFolder(opened);
    const events = new EventBus();
    const recorder = new EventRecorder(events);
    const newest = new Map<string, readonly [number, number]>();
    let position = 0;
    let written = 0;
    for (let round = 0; round < KILLS / 2; round++) {
      // Two at a time, so that one is killed beside another's transactions.
      const lives = [0, 1].map((half) =>
        writeUntilKilled(opened, path, 2 * round + half, 5 + ((round * 31 + half * 17) % 60)),
      );
      for (const stored of await Promise.all(lives)) {
        written += stored.length;
        for (const [, , , place] of stored) position = Math.max(position, place);
        for (const [key, writer, number] of stored) {
          const known = newest.get(key);
          if (known === undefined || known[0] < writer) newest.set(key, [writer, number]);
          else if (known[0] === writer && known[1] < number) newest.set(key, [writer, number]);
        }
      }

      const { store, log } = diskStore({ path }).open({ name: 'app', clock: systemClock, random: Math.random, events });
      let epoch: string | undefined;
      log.subscribe({ onRecord: () => {}, onRestart: (state) => (epoch = state.epoch) });
      for (const [key, [writer, number]] of newest) {
        const entry = await store.get(key);
        expect(entry, `${key} of round ${round}`).to.not.equal(undefined);
        const value = entry!.value as { key: string; round: number; number: number; text: string };
        expect(value.key).to.equal(key);
        const text = `${key} ${value.round} ${value.number} `.repeat(1 + ((value.number * 37) % 700));
        expect(value.text === text, `${key} is torn`).to.equal(true);
        // The other writer of the round may have been later, and a writer may not have lived to tell what it stored last.
        if (value.round === writer) expect(value.number).to.be.at.least(number);
        else expect(Math.floor(value.round / 2)).to.be.at.least(Math.floor(writer / 2));
        expect(entry!.epoch).to.equal(epoch);
      }
      expect(log.position).to.be.at.least(position);
      await store.close();
      await log.close();
    }
    expect(recorder.records).to.deep.equal([]);
    expect(written).to.be.above(KILLS * 10);
  });
});
