const { writeFileSync } = require('node:fs');
const { reporters, Runner } = require('mocha');

// A server left open keeps Node alive for ever, and `npm test` with it. Long enough for what closes by itself.
const graceMs = Number(process.env.CACHEWARP_TEST_GRACE_MS ?? 10_000);

// This timer, and standard output and error.
const ownResources = ['Timeout', 'PipeWrap', 'TTYWrap'];

/**
 * Mocha's own `spec` output, and two things more: the totals as JSON in the file that `CACHEWARP_TEST_TOTALS` names,
 * and a failure, with what was left open, when the process does not end after the last test.
 */
module.exports = class TotalsReporter extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    runner.once(Runner.constants.EVENT_RUN_END, () => {
      const { passes: passed, failures: failed, pending } = runner.stats;
      const file = process.env.CACHEWARP_TEST_TOTALS;
      if (file) writeFileSync(file, JSON.stringify({ passed, failed, pending }));
      setTimeout(() => {
        const open = process.getActiveResourcesInfo().filter((name) => !ownResources.includes(name));
        console.error(`\nThe tests ended, but something keeps the process alive: ${open.join(', ') || 'a timer'}.`);
        // Mocha sets the number of failures as exit code when the process exits; this handler comes after.
        process.on('exit', () => (process.exitCode = 1));
        process.exit();
      }, graceMs).unref();
    });
  }
};
