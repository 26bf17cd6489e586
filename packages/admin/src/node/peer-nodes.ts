import { randomUUID } from 'node:crypto';
import type { Clock, PeerChannel, PeerLine, Timer } from '@cachewarp/core';
import type { AdminQuestion, NodeAnswer } from './admin-question.js';
import { readPeerMessage, writePeerMessage, type PeerMessage } from './peer-message.js';

/** What came of a question to the nodes beyond this one. */
export interface PeerAnswers {
  readonly answers: readonly NodeAnswer[];
  /** Names of nodes that are known, but did not answer. */
  readonly missing: readonly string[];
  /** Whether the store carried the question. */
  readonly isAway: boolean;
}

/** What {@link PeerNodes} is made of. */
export interface PeerNodesParts {
  readonly channel: PeerChannel;
  readonly name: string;
  /** Nodes of one group ask each other in another way; null: none. */
  readonly group: string | null;
  readonly clock: Clock;
  readonly answer: (question: AdminQuestion) => Promise<unknown>;
}

interface Peer {
  readonly group: string | null;
  readonly heardAt: number;
  /** It did not answer, and is not waited for until it is heard again. */
  isMissing: boolean;
}

interface Asking {
  readonly awaited: Set<string>;
  readonly answers: Map<string, unknown>;
  isTold: boolean;
  finish(): void;
}

/** How long answers are waited for. */
const DEADLINE_MS = 500;
/** How long those who are there get to say so, after this node has come. */
const GREETING_MS = 200;
/** A node that does not answer is named for so long. */
const FORGET_MS = 60_000;
/** A store that did not take a question in time is not tried again for so long. */
const RETRY_MS = 2_000;
/** Questions answered in a second; a dashboard asks three. */
const MAX_PER_SECOND = 100;
const MAX_PEERS = 1_000;

/**
 * The other processes that serve a cache of one name over one store. Each says when it comes and goes; a question goes to all at once,
 * and answers come to the asker alone. A node that has gone without a word costs one deadline, then is left out until it is heard again.
 */
export class PeerNodes {
  readonly #parts: PeerNodesParts;
  readonly #line: PeerLine;
  readonly #peers = new Map<string, Peer>();
  readonly #askings = new Map<string, Asking>();
  #greeted: Promise<void> | undefined;
  #triedAt = -Infinity;
  #second = 0;
  #inSecond = 0;

  constructor(parts: PeerNodesParts) {
    this.#parts = parts;
    const hearer = { onMessage: (text: string) => this.#heard(text), onOpen: () => this.#greet() };
    const farewell = writePeerMessage({ type: 'bye', ...this.#from() })!;
    this.#line = parts.channel.join(parts.name, hearer, farewell);
  }

  /** Asks every other node, but those of this node's group. Never rejects. */
  async ask(question: AdminQuestion): Promise<PeerAnswers> {
    const { clock, name, group } = this.#parts;
    if (!this.#line.isOpen || clock.now() - this.#triedAt < RETRY_MS) return this.#away();
    await this.#greeted;
    const id = randomUUID();
    const text = writePeerMessage({ type: 'ask', from: name, group, id, question });
    // A list of targets may be longer than others are to be bothered with.
    if (text === undefined) return { answers: [], missing: this.#others(), isAway: false };
    const asking = await this.#gather(id, text);
    if (!asking.isTold) {
      this.#triedAt = clock.now();
      return this.#away();
    }
    for (const missing of asking.awaited) {
      const peer = this.#peers.get(missing);
      if (peer !== undefined) peer.isMissing = true;
    }
    this.#forget();
    const answers = [...asking.answers].map(([node, answer]) => ({ node, answer }));
    const missing = this.#others().filter((other) => !asking.answers.has(other));
    return { answers, missing, isAway: false };
  }

  close(): void {
    for (const asking of this.#askings.values()) asking.finish();
    this.#line.leave();
  }

  /** Resolves when all have answered that are waited for, or at the deadline. */
  #gather(id: string, text: string): Promise<Asking> {
    return new Promise((resolve) => {
      const timer: Timer = this.#parts.clock.setTimer(() => asking.finish(), DEADLINE_MS);
      const asking: Asking = {
        awaited: new Set(this.#others().filter((name) => this.#peers.get(name)?.isMissing === false)),
        answers: new Map(),
        isTold: false,
        finish: () => {
          timer.cancel();
          if (this.#askings.delete(id)) resolve(asking);
        },
      };
      this.#askings.set(id, asking);
      this.#line.tell(undefined, text).then(
        () => {
          asking.isTold = true;
          if (asking.awaited.size === 0) asking.finish();
        },
        // That it was not told says enough.
        () => asking.finish(),
      );
    });
  }

  #away(): PeerAnswers {
    this.#forget();
    return { answers: [], missing: this.#others(), isAway: true };
  }

  /** Names of the nodes that are asked. */
  #others(): string[] {
    const { group } = this.#parts;
    return [...this.#peers].filter(([, peer]) => !isSame(peer.group, group)).map(([name]) => name);
  }

  #forget(): void {
    const before = this.#parts.clock.now() - FORGET_MS;
    for (const [name, { isMissing, heardAt }] of this.#peers) {
      if (isMissing && heardAt < before) this.#peers.delete(name);
    }
  }

  #greet(): void {
    const { clock } = this.#parts;
    this.#triedAt = -Infinity;
    this.#tell(undefined, { type: 'hello', ...this.#from() });
    this.#greeted = new Promise((resolve) => void clock.setTimer(resolve, GREETING_MS));
  }

  #heard(text: string): void {
    const message = readPeerMessage(text);
    if (message === undefined || message.from === this.#parts.name) return;
    if (message.type === 'bye') return this.#gone(message.from);
    this.#note(message);
    switch (message.type) {
      case 'hello':
        return this.#tell(message.from, { type: 'here', ...this.#from() });
      case 'here':
        return;
      case 'ask':
        return void this.#answer(message);
      case 'answer':
        return this.#answered(message);
    }
  }

  #note({ from, group }: PeerMessage): void {
    // Whoever was not heard for longest comes first, and is forgotten where there are too many.
    this.#peers.delete(from);
    this.#peers.set(from, { group, heardAt: this.#parts.clock.now(), isMissing: false });
    if (this.#peers.size > MAX_PEERS) this.#peers.delete(this.#peers.keys().next().value!);
  }

  #gone(name: string): void {
    this.#peers.delete(name);
    for (const asking of this.#askings.values()) {
      if (asking.awaited.delete(name) && asking.awaited.size === 0 && asking.isTold) asking.finish();
    }
  }

  /** Never rejects. */
  async #answer({ from, group, id, question }: Extract<PeerMessage, { type: 'ask' }>): Promise<void> {
    if (isSame(group, this.#parts.group) || this.#isTooMuch()) return;
    const about = { type: 'answer', id, ...this.#from() } as const;
    // One who says that he has no answer is not waited for.
    const answer = await this.#parts.answer(question).catch(() => undefined);
    const text = writePeerMessage({ ...about, answer }) ?? writePeerMessage(about)!;
    this.#line.tell(from, text).catch(ignore);
  }

  #answered({ from, id, answer }: Extract<PeerMessage, { type: 'answer' }>): void {
    const asking = this.#askings.get(id);
    if (asking === undefined) return;
    if (answer !== undefined && answer !== null) asking.answers.set(from, answer);
    if (asking.awaited.delete(from) && asking.awaited.size === 0) {
      // Who has answered has been told.
      asking.isTold = true;
      asking.finish();
    }
  }

  /** Whether more is asked than a node has to answer: it may have been frozen, or somebody does not know when to stop. */
  #isTooMuch(): boolean {
    const second = Math.floor(this.#parts.clock.coarseNow() / 1_000);
    if (second !== this.#second) {
      this.#second = second;
      this.#inSecond = 0;
    }
    return ++this.#inSecond > MAX_PER_SECOND;
  }

  #tell(to: string | undefined, message: PeerMessage): void {
    this.#line.tell(to, writePeerMessage(message)!).catch(ignore);
  }

  #from(): { from: string; group: string | null } {
    return { from: this.#parts.name, group: this.#parts.group };
  }
}

function isSame(one: string | null, other: string | null): boolean {
  return one !== null && one === other;
}

function ignore(): void {
  // Who is not told asks again, or finds this node missing.
}
