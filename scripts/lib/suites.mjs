import fs from "node:fs";
import { inRoot } from "./root.mjs";
import { run, runNode } from "./run.mjs";

/**
 * The suites of `npm test`, in their order. Each answers how many checks passed and failed.
 * `editor`: it needs the editor and the browser. `build`: it needs the bundles.
 * @type {{name: string, title: string, editor?: boolean, build?: boolean, run: () => Promise<{passed: number, failed: number}>}[]}
 */
export const suites = [
  { name: "types", title: "Types", run: () => check(typeCheck) },
  {
    name: "lint",
    title: "Lint",
    run: () => check(() => tool("eslint/bin/eslint.js", "--max-warnings", "0", ".")),
  },
  {
    name: "format",
    title: "Format",
    run: () =>
      check(() => tool("prettier/bin/prettier.cjs", "--check", "--log-level", "warn", ".")),
  },
  { name: "unit", title: "Unit tests", build: true, run: () => vitest("unit") },
  { name: "model", title: "Tests with the shipped model", build: true, run: () => vitest("model") },
  {
    name: "integration",
    title: "Tests in the extension host",
    build: true,
    editor: true,
    run: integration,
  },
  {
    name: "ui",
    title: "Tests in the workbench",
    build: true,
    editor: true,
    run: () => vitest("ui"),
  },
  {
    name: "packaging",
    title: "The package",
    build: true,
    editor: true,
    run: () => vitest("packaging"),
  },
];

const tool = (file, ...args) => runNode(inRoot("node_modules", ...file.split("/")), args);

/** A tool that says yes or no counts as one check. */
async function check(start) {
  const { code } = await start();
  return code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

async function typeCheck() {
  const main = await tool("typescript/bin/tsc", "-p", "tsconfig.json");
  const page = await tool("typescript/bin/tsc", "-p", "webview/tsconfig.json");
  return main.code !== 0 ? main : page;
}

async function vitest(project) {
  const report = inRoot("test", "artefacts", `${project}.json`);
  fs.rmSync(report, { force: true });
  const { code } = await tool(
    "vitest/vitest.mjs",
    "run",
    ...["--project", project],
    ...["--reporter=default", "--reporter=json", `--outputFile.json=${report}`],
  );
  const {
    numPassedTests = 0,
    numFailedTests = 0,
    testResults = [],
  } = fs.existsSync(report) ? JSON.parse(fs.readFileSync(report, "utf8")) : {};
  // A file that cannot be loaded has no tests to fail.
  const broken = testResults.filter(
    ({ status, assertionResults }) =>
      status === "failed" && !assertionResults.some((test) => test.status === "failed"),
  ).length;
  return atLeastOne(code, numPassedTests, numFailedTests + broken);
}

async function integration() {
  const { code, output } = await run(process.execPath, [inRoot("dist", "test", "integration.js")], {
    quiet: true,
  });
  console.log(output.trimEnd());
  const [, passed, failed] = /^TESTS (\d+) passed, (\d+) failed$/m.exec(output) ?? [0, 0, 0];
  return atLeastOne(code, Number(passed), Number(failed));
}

/** A suite that ended badly without naming a failed test has failed once all the same. */
const atLeastOne = (code, passed, failed) => ({
  passed,
  failed: code !== 0 && failed === 0 ? 1 : failed,
});
