import { span, type Line, type Span } from './line.js';
import type { Front } from './state.js';
import { fit, harmless, widthOf } from './text-width.js';

const KEYS: readonly (readonly [keys: string, what: string])[] = [
  ['1 – 5, Tab', 'routes, keys, origins, miss reasons, tail'],
  ['↑ ↓ PgUp PgDn Home End', 'select a row (also j k g G)'],
  ['← →', 'sort by the column before or behind (also < >); r turns it round'],
  ['/', 'filter by words; -word leaves out; Esc clears'],
  ['w', 'rates of the tables over 10, 100 or 1,000 s'],
  ['Space', 'hold what is shown, and go on'],
  ['e, Enter', 'explain the selected key or request; Enter on a route or reason shows its requests'],
  ['p', 'purge the selected key, or one of its tags: shows what would go and asks'],
  ['c', 'connect now, when it waits'],
  ['Ctrl+L', 'draw everything anew'],
  ['q', 'quit'],
];

export function helpLines(columns: number): readonly Line[] {
  const width = columns >= 70 ? 24 : 12;
  const lines: Line[] = [[span('Keys', 'title')], []];
  for (const [keys, what] of KEYS) {
    const [first = '', ...more] = wrap(what, columns - width - 2);
    lines.push([span(` ${fit(keys, width)} `, 'strong'), span(first)]);
    for (const line of more) lines.push([span(' '.repeat(width + 2) + line)]);
  }
  return [...lines, [], [span('Any key goes back.', 'dim')]];
}

export function explanationLines(
  { subject, explanation, fault }: Extract<Front, { kind: 'explanation' }>,
  columns: number,
): readonly Line[] {
  const lines: Line[] = [];
  const add = (text: string, indent: string, mood?: Span['mood']): void => {
    for (const line of wrap(text, columns - indent.length)) lines.push([span(indent), span(line, mood)]);
  };
  add(`Explain ${explanation?.key ?? subject.url ?? subject.key ?? ''}`, '', 'title');
  if (fault !== undefined) add(fault, '', 'bad');
  else if (explanation === undefined) add('asking…', '', 'dim');
  if (explanation === undefined) return lines;
  const { decision, why, steps, rule } = explanation;
  if (rule !== undefined) add(`route ${rule}`, '', 'dim');
  const mood = decision === 'hit' ? 'good' : decision === 'stale' || decision === 'revalidate' ? 'warn' : 'strong';
  add(`A request now: ${decision}`, '', mood);
  if (why) add(`why: ${why.word}: ${why.detail}`, '', 'warn');
  lines.push([]);
  for (const [index, step] of steps.entries()) {
    add(`${String(index + 1).padStart(2)}. ${step.rule} (${step.section})`, '', 'strong');
    add(`saw ${step.saw}`, '    ');
    add(`so  ${step.concluded}`, '    ');
  }
  return lines;
}

export function purgeLines(
  { targets, chosen, preview, fault, isRunning }: Extract<Front, { kind: 'purge' }>,
  columns: number,
): readonly Line[] {
  const lines: Line[] = [[span('Purge', 'title')]];
  const add = (text: string, mood?: Span['mood']): void => {
    for (const line of wrap(text, columns - 2)) lines.push([span('  '), span(line, mood)]);
  };
  if (targets.length === 0 && fault === undefined) add('looking…', 'dim');
  for (const [index, { kind, name }] of targets.entries()) {
    const isChosen = index === chosen;
    lines.push([span(`${isChosen ? '› ' : '  '}${kind} ${harmless(name)}`, isChosen ? 'selected' : undefined)]);
  }
  lines.push([]);
  if (fault !== undefined) add(fault, 'bad');
  else if (preview === undefined) {
    if (targets.length > 0) add('counting…', 'dim');
  } else {
    const { entries, keys = [] } = preview;
    add(`would drop ${entries} ${entries === 1 ? 'entry' : 'entries'} in memory${entries > 0 ? ':' : ''}`, 'strong');
    for (const key of keys.slice(0, 8)) lines.push([span(`    ${key}`)]);
    if (keys.length > 8) add(`  and ${entries - 8} more`, 'dim');
    if (entries === 0) add('What lies in a tier behind it, or is being loaded now, is invalid all the same.', 'dim');
  }
  lines.push([]);
  if (isRunning) add('purging…', 'warn');
  else if (preview !== undefined) {
    add('y  purge: it is never served again', 'strong');
    add('s  expire only: stale copies may still be served within their windows');
  }
  if (targets.length > 1 && !isRunning) add('Tab  the next target');
  if (!isRunning) add('Esc  call it off');
  return lines;
}

/** Text on lines of at most so many columns, broken at spaces where there are some. */
function wrap(text: string, columns: number): readonly string[] {
  const room = Math.max(8, columns);
  const lines: string[] = [];
  let line = '';
  for (const word of harmless(text).split(' ')) {
    if (line !== '' && widthOf(line) + 1 + widthOf(word) > room) {
      lines.push(line);
      line = word;
    } else line = line === '' && lines.length === 0 && word === '' ? ' ' : line === '' ? word : `${line} ${word}`;
    // A word that is longer than a line, as a key is, goes on in the next one.
    while (widthOf(line) > room) {
      const cut = cutAt(line, room);
      lines.push(line.slice(0, cut));
      line = line.slice(cut);
    }
  }
  return [...lines, line];
}

/** How much of a text takes at most so many columns; at least one character. */
function cutAt(text: string, columns: number): number {
  let cut = 0;
  let width = 0;
  for (const character of text) {
    width += widthOf(character);
    if (width > columns && cut > 0) break;
    cut += character.length;
  }
  return cut;
}
