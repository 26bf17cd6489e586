import { makeBench, walk, type Bench, type BenchOptions, type Case } from '#src/conformance.js';
import { Opened } from '#src/opened.js';

/** One test for each case; all of a table share a proxy, each with paths of its own. */
export function describeCases(title: string, cases: readonly Case[], options?: BenchOptions): void {
  describe(`RFC conformance: ${title}`, () => {
    const opened = new Opened();
    let bench: Bench;
    before(async () => {
      bench = await makeBench(opened, options);
    });
    after(() => opened.close());

    for (const each of cases) {
      it(`${each.title} (${each.section})`, () => walk(bench, each));
    }
  });
}
