// Reads a report of vitest (JSON). Prints "PASSED FAILED", then each failure on lines of its own.
import { readFileSync } from 'node:fs';

type Report = {
  numPassedTests: number;
  testResults: {
    name: string;
    status: string;
    message: string;
    assertionResults: { fullName: string; status: string; failureMessages: string[] }[];
  }[];
};

const report = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as Report;
const start = (message: string) => message.split('\n').slice(0, 12).join('\n').slice(0, 1_500);

const failures = report.testResults.flatMap((file) => {
  const tests = file.assertionResults.filter((test) => test.status === 'failed');
  // A file that could not be loaded has no tests, and counts as one.
  if (tests.length === 0 && file.status === 'failed') return [`FAILED: ${file.name}\n${start(file.message)}`];
  return tests.map((test) => `FAILED: ${file.name} > ${test.fullName}\n${test.failureMessages.map(start).join('\n')}`);
});
process.stdout.write([`${report.numPassedTests} ${failures.length}`, ...failures, ''].join('\n'));
