import fs from "node:fs";
import path from "node:path";
import Mocha from "mocha";

/** What a run in the extension host leaves behind. */
export interface HostReport {
  node: string;
  results: { title: string; passed: boolean; milliseconds: number; error?: string }[];
}

/**
 * Entry point inside the extension host (VS Code calls `run`): every built *.test.js beside this file, with Mocha's tdd
 * interface (`import { suite, test } from "mocha"`). The report is a file, since the host's console ends in the page.
 */
export function run(): Promise<void> {
  const mocha = new Mocha({
    ui: "tdd",
    timeout: 60_000,
    color: false,
    reporter: "spec",
    grep: process.env.TONESTEER_TEST_GREP,
  });
  for (const name of fs.readdirSync(__dirname).sort()) {
    if (name.endsWith(".test.js")) mocha.addFile(path.join(__dirname, name));
  }
  const results: HostReport["results"] = [];
  return new Promise((resolve, reject) => {
    const runner = mocha.run((failures) => {
      const report: HostReport = { node: process.version, results };
      const file = process.env.TONESTEER_TEST_REPORT;
      if (file) {
        // Whoever waits for the file must never see half of it.
        fs.writeFileSync(`${file}.part`, JSON.stringify(report));
        fs.renameSync(`${file}.part`, file);
      }
      if (failures > 0) reject(new Error(`${failures} tests failed`));
      else resolve();
    });
    runner.on("pass", (test) =>
      results.push({
        title: test.fullTitle(),
        passed: true,
        milliseconds: test.duration ?? 0,
      }),
    );
    // A failing hook is reported here too, under its own title.
    runner.on("fail", (test, error: Error) =>
      results.push({
        title: test.fullTitle(),
        passed: false,
        milliseconds: test.duration ?? 0,
        error: error.stack ?? String(error),
      }),
    );
  });
}
