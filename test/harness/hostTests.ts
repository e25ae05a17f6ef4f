import fs from "node:fs";
import path from "node:path";
import { launchBrowser } from "./browser";
import type { HostReport } from "./mochaHost";
import { artefacts, repository, temporaryFolder } from "./places";
import { startServer, workbenchAddress, type EditorServerOptions } from "./server";

export interface HostTestsOptions extends Pick<EditorServerOptions, "settings" | "env"> {
  /** Built module with `run()`, see mochaHost.ts. */
  tests: string;
  /** Files of the workspace to open. */
  workspace?: Record<string, string>;
  /** Milliseconds until the run counts as hanging. */
  timeout?: number;
  /** Shows the page's console. */
  verbose?: boolean;
}

/**
 * Runs a Mocha suite inside the real extension host: the page asks the server for one, the host loads the extension
 * from this repository and then the suite, which writes its report to a file.
 * A run that does not end in time counts as one more failure; a screenshot and the server's log are then in
 * test/artefacts.
 */
export async function runHostTests(options: HostTestsOptions): Promise<HostReport> {
  const folder = temporaryFolder(options.workspace);
  const reportFile = path.join(temporaryFolder(), "report.json");
  const server = await startServer({
    settings: options.settings,
    testDriver: true,
    env: { ...options.env, TONESTEER_TEST_REPORT: reportFile },
  });
  const browser = await launchBrowser();
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    if (options.verbose) page.on("console", (message) => console.log(message.text()));
    await page.goto(
      workbenchAddress(server, { folder, development: repository, tests: options.tests }),
    );
    // The host is a process of this machine: a file says sooner and more surely than the page that it has ended.
    const deadline = Date.now() + (options.timeout ?? 600_000);
    let report = readReport(reportFile);
    while (!report?.ended && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 200));
      report = readReport(reportFile);
    }
    if (report?.ended) return report;
    fs.mkdirSync(artefacts, { recursive: true });
    await page.screenshot({ path: path.join(artefacts, "integration.png") });
    fs.writeFileSync(path.join(artefacts, "integration-server.log"), server.log());
    const error = "The tests did not end in time; test/artefacts shows the editor as it was then.";
    const hanging = { title: "the run as a whole", passed: false, milliseconds: 0, error };
    return { node: "", ended: false, results: [...(report?.results ?? []), hanging] };
  } finally {
    await browser.close();
    await server.stop();
    fs.rmSync(folder, { recursive: true, force: true });
    fs.rmSync(path.dirname(reportFile), { recursive: true, force: true });
  }
}

function readReport(file: string): HostReport | undefined {
  return fs.existsSync(file)
    ? (JSON.parse(fs.readFileSync(file, "utf8")) as HostReport)
    : undefined;
}
