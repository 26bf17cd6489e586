/** Keys that a terminal sent, by name, and what may be the beginning of another. */
export interface ParsedKeys {
  readonly keys: readonly string[];
  readonly rest: string;
}

const NAMES: Readonly<Record<string, string>> = {
  '\r': 'enter',
  '\n': 'enter',
  '\t': 'tab',
  ' ': 'space',
  '\x7F': 'backspace',
  '\b': 'backspace',
  '\x03': 'ctrl-c',
  '\x0C': 'ctrl-l',
  '\x15': 'ctrl-u',
  '\x1A': 'ctrl-z',
};

/** By the end of the sequence, as xterm and its kin send them (ECMA-48 CSI, and SS3 of the application mode). */
const SEQUENCES: Readonly<Record<string, string>> = {
  A: 'up',
  B: 'down',
  C: 'right',
  D: 'left',
  H: 'home',
  F: 'end',
  Z: 'shift-tab',
  '1~': 'home',
  '7~': 'home',
  '4~': 'end',
  '8~': 'end',
  '5~': 'page-up',
  '6~': 'page-down',
};

// oxlint-disable-next-line no-control-regex -- that is what a terminal sends
const SEQUENCE = /^\x1B(?:\[([0-9;?<>=]*)([@-~])|O([@-~]))/;
// oxlint-disable-next-line no-control-regex -- that is what a terminal sends
const UNFINISHED = /^\x1B(?:\[[0-9;?<>=]*|O)?$/;

/** Takes what a terminal sent apart. Sequences that are not known are left out whole, so that none of their letters acts as a key. */
export function parseKeys(text: string): ParsedKeys {
  const keys: string[] = [];
  let rest = text;
  while (rest !== '') {
    if (UNFINISHED.test(rest)) return { keys, rest };
    const sequence = SEQUENCE.exec(rest);
    if (sequence !== null) {
      const [all, numbers = '', end = '', single = ''] = sequence;
      const name = SEQUENCES[end === '~' ? `${numbers.split(';')[0] ?? ''}~` : end + single];
      if (name !== undefined) keys.push(name);
      rest = rest.slice(all.length);
      continue;
    }
    const character = String.fromCodePoint(rest.codePointAt(0)!);
    rest = rest.slice(character.length);
    if (character === '\x1B') keys.push('escape');
    else if (NAMES[character] !== undefined) keys.push(NAMES[character]);
    // What else is a control character has no meaning here.
    else if (character >= ' ' && !(character >= '\x7F' && character < '\xA0')) keys.push(character);
  }
  return { keys, rest };
}
