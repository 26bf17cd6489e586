/** What every server answers with: 1 KB of JSON. */
export const BODY = JSON.stringify({
  id: 'a7c2',
  name: 'An answer of one kilobyte',
  text: 'x'.repeat(1024 - 58),
});
