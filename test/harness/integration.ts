import path from "node:path";
import { runHostTests } from "./hostTests";
import { repository } from "./places";

/**
 * Runs the built integration suites in the extension host and prints their results:
 * node dist/test/integration.js [words in the title]
 */
async function main(): Promise<void> {
  const report = await runHostTests({
    tests: path.join(repository, "dist", "test", "integration", "mochaHost.js"),
    env: { TONESTEER_TEST_GREP: process.argv[2] },
    verbose: Boolean(process.env.VERBOSE),
  });
  for (const { title, passed, milliseconds, error } of report.results) {
    console.log(`${passed ? "  ok  " : "FAILED"} ${title} (${milliseconds} ms)`);
    if (error) console.log(error.replace(/^/gm, "         "));
  }
  const failed = report.results.filter((result) => !result.passed).length;
  console.log(`TESTS ${report.results.length - failed} passed, ${failed} failed`);
  process.exitCode = failed > 0 || report.results.length === 0 ? 1 : 0;
}

void main();
