// Adds up a run of .ci/run: `tally.mjs <tests.json> <check.json> <exit codes of start, test, check>`, as one last line.
import { existsSync, readFileSync } from 'node:fs';

const [tests = '', check = '', ...codes] = process.argv.slice(2);
const [start, test, checked] = codes.map(code => code === '0');

/** @param {string} path */
const read = path => (existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined);

/** Counts tests, and files that failed before any of their tests ran. */
function countTests() {
  const report = read(tests);
  const broken = (report?.testResults ?? []).filter(
    (/** @type {{ status: string, assertionResults: { status: string }[] }} */ file) =>
      file.status === 'failed' && !file.assertionResults.some(result => result.status === 'failed'),
  );
  const failed = (report?.numFailedTests ?? 0) + broken.length;
  // A run that ends badly without naming a test (a crash, no report, an unhandled error) is one failure.
  return { passed: report?.numPassedTests ?? 0, failed: test || failed > 0 ? failed : 1 };
}

/** Counts the steps of `npm run check`. */
function countSteps() {
  const report = read(check) ?? { passed: 0, failed: 0 };
  return { passed: report.passed, failed: checked || report.failed > 0 ? report.failed : 1 };
}

const counts = [{ passed: start ? 1 : 0, failed: start ? 0 : 1 }, countTests(), countSteps()];
const passed = counts.reduce((sum, count) => sum + count.passed, 0);
const failed = counts.reduce((sum, count) => sum + count.failed, 0);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
