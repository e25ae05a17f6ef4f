import fs from "node:fs";
import path from "node:path";
import Mocha from "mocha";

/** What a run in the extension host leaves behind. */
export interface HostReport {
  node: string;
  /** False while tests are still to come: what a run that hangs leaves behind. */
  ended: boolean;
  results: { title: string; passed: boolean; milliseconds: number; error?: string }[];
}

/**
 * Entry point inside the extension host (VS Code calls `run`): every built *.test.js beside this file, with Mocha's tdd
 * interface (`import { suite, test } from "mocha"`). The report is a file, since the host's console ends in the page.
 */
export function run(): Promise<void> {
  const mocha = new Mocha({
    ui: "tdd",
    timeout: 180_000,
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
      write({ node: process.version, ended: true, results });
      if (failures > 0) reject(new Error(`${failures} tests failed`));
      else resolve();
    });
    runner.on("pass", (test) => add(test, true));
    // A failing hook is reported here too, under its own title.
    runner.on("fail", (test, error: Error) => add(test, false, error.stack ?? String(error)));
  });

  function add(test: Mocha.Runnable, passed: boolean, error?: string): void {
    const milliseconds = test.duration ?? 0;
    results.push({ title: test.fullTitle(), passed, milliseconds, error });
    write({ node: process.version, ended: false, results });
  }
}

function write(report: HostReport): void {
  const file = process.env.TONESTEER_TEST_REPORT;
  if (!file) return;
  // Whoever waits for the file must never see half of it.
  fs.writeFileSync(`${file}.part`, JSON.stringify(report));
  fs.renameSync(`${file}.part`, file);
}
