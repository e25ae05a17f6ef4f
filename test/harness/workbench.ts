import fs from "node:fs";
import path from "node:path";
import type { Browser, FrameLocator, Page } from "playwright-core";
import { launchBrowser } from "./browser";
import { artefacts, repository, temporaryFolder } from "./places";
import { startServer, workbenchAddress, type EditorServer } from "./server";

/** The real workbench in Chromium, with the extension from this repository or an installed .vsix. */
export interface Workbench {
  readonly page: Page;
  readonly browser: Browser;
  readonly server: EditorServer;
  /** The opened folder on disk. */
  readonly folder: string;
  /** Origins outside this machine that the page asked for. */
  readonly outside: ReadonlySet<string>;
  close(): Promise<void>;
}

export interface WorkbenchOptions {
  files?: Record<string, string>;
  settings?: Record<string, unknown>;
  /** Installs this file instead of loading the extension from source. */
  vsix?: string;
  env?: Record<string, string | undefined>;
  viewport?: { width: number; height: number };
}

export async function openWorkbench(options: WorkbenchOptions = {}): Promise<Workbench> {
  const folder = temporaryFolder(options.files ?? { "letter.txt": "Hello world.\n" });
  const server = await startServer({
    settings: options.settings,
    env: options.env,
    vsix: options.vsix ? [options.vsix] : [],
    // Without it the built editor takes no extension from source.
    testDriver: !options.vsix,
  });
  const browser = await launchBrowser();
  const close = async () => {
    await browser.close();
    await server.stop();
    fs.rmSync(folder, { recursive: true, force: true });
  };
  try {
    const page = await browser.newPage({
      viewport: options.viewport ?? { width: 1280, height: 800 },
    });
    page.setDefaultTimeout(20_000);
    const outside = new Set<string>();
    page.on("request", (request) => {
      const { hostname, protocol, origin } = new URL(request.url());
      if (/^(http|ws)/.test(protocol) && !["127.0.0.1", "localhost"].includes(hostname)) {
        outside.add(origin);
      }
    });
    await page.goto(
      workbenchAddress(server, { folder, development: options.vsix ? undefined : repository }),
    );
    await page.locator(".monaco-workbench").waitFor();
    return { page, browser, server, folder, outside, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Opens a file of the folder from the explorer and waits until its editor shows. */
export async function openFile(page: Page, name: string): Promise<void> {
  const row = page.locator(".explorer-folders-view .monaco-list-row", { hasText: name });
  await row.first().dblclick();
  await page.locator(".tab", { hasText: name }).waitFor();
  await page.locator(".monaco-editor .view-line").first().waitFor();
}

/** Runs a command by its title in the palette. */
export async function runCommand(page: Page, title: string): Promise<void> {
  await page.keyboard.press("F1");
  const input = page.locator('.quick-input-widget input[type="text"]').first();
  await input.waitFor({ state: "visible" });
  await input.fill(`>${title}`);
  await page.locator(".quick-input-list .monaco-list-row", { hasText: title }).first().waitFor();
  await page.keyboard.press("Enter");
}

/** The page inside a webview: VS Code nests two frames. */
export function webviewFrame(page: Page): FrameLocator {
  return page.frameLocator("iframe.webview.ready").frameLocator("#active-frame");
}

/** The visible text of the first editor, with ordinary spaces. */
export async function editorText(page: Page): Promise<string> {
  const text = await page.locator(".monaco-editor .view-lines").first().innerText();
  return text.replace(/\u00a0/g, " ");
}

/** Keeps a picture in test/artefacts for people to look at. */
export async function screenshot(page: Page, name: string): Promise<void> {
  fs.mkdirSync(artefacts, { recursive: true });
  await page.screenshot({ path: path.join(artefacts, `${name}.png`) });
}
