import fs from "node:fs";
import path from "node:path";
import type { Browser, Page } from "playwright-core";
import { tonePanelPage } from "../../src/host/tonePanelPage";
import { Channel } from "../../src/shared/channel";
import type { Handlers } from "../../src/shared/channel";
import { panelHostContract, panelPageContract } from "../../src/shared/panelProtocol";
import type {
  PanelHostContract,
  PanelPageContract,
  PanelRequest,
  PanelState,
} from "../../src/shared/panelProtocol";
import { repository } from "../harness/places";
import { englishStrings } from "./englishStrings";
import { panelState } from "./panelStates";

/**
 * The built page in Chromium without an editor around it: the real page, document, protocol and
 * channel, and a scripted host. For what an editor is too slow for: each width, state and direction.
 */
export interface PanelPage {
  readonly page: Page;
  /** What the page has asked for, in order. */
  readonly asked: { name: PanelRequest; params: unknown }[];
  /** What either end refused. */
  readonly refused: string[];
  readonly channel: Channel<PanelHostContract, PanelPageContract>;
  readonly state: PanelState;
  /** Changes the host's state and tells the page. */
  tell(change: Partial<PanelState>): void;
  /** Posts anything at all to the page. */
  post(message: unknown): Promise<void>;
  close(): Promise<void>;
}

export interface PanelPageOptions {
  readonly state?: Partial<PanelState>;
  readonly width?: number;
  readonly height?: number;
  readonly language?: string;
  readonly reducedMotion?: boolean;
  /** Custom properties of a theme, and the class that the editor sets on the body for it. */
  readonly theme?: { readonly variables: Record<string, string>; readonly bodyClass: string };
  /** Milliseconds that the host takes to answer. */
  readonly delay?: number;
  /** Stands in the way of the usual answer: throws, or changes the state first. */
  readonly onAsk?: (name: PanelRequest, params: unknown, panel: PanelPage) => void;
}

const origin = "http://panel.test";

export async function openPanelPage(
  browser: Browser,
  options: PanelPageOptions = {},
): Promise<PanelPage> {
  const context = await browser.newContext({
    viewport: { width: options.width ?? 320, height: options.height ?? 900 },
    reducedMotion: options.reducedMotion ? "reduce" : "no-preference",
  });
  const page = await context.newPage();
  page.setDefaultTimeout(5000);
  await serve(page, options);

  let revision = 0;
  const refused: string[] = [];
  const asked: PanelPage["asked"] = [];
  let hear: (message: unknown) => void = () => {};
  let current: PanelState = { ...panelState(), ...options.state, revision };
  const next = (change: Partial<PanelState>) =>
    (current = { ...current, ...change, revision: ++revision });

  const handlers = Object.fromEntries(
    Object.keys(panelHostContract.requests).map((name) => [
      name,
      async (params: unknown) => {
        if (name === "ready") return { strings: await englishStrings(), state: next({}) };
        const request = name as PanelRequest;
        asked.push({ name: request, params });
        if (options.delay) await new Promise((resolve) => setTimeout(resolve, options.delay));
        options.onAsk?.(request, params, panel);
        if (request === "setWeight") {
          const { tone, weight } = params as { tone: string; weight: number };
          return next({ weights: { ...current.weights, [tone]: weight } });
        }
        if (request === "setSteering") {
          return next({ steering: { ...current.steering, ...(params as object) } });
        }
        return next({});
      },
    ]),
  ) as unknown as Handlers<PanelHostContract>;

  const post = (message: unknown) =>
    page.evaluate(`window.postMessage(${JSON.stringify(message)}, "*")`).then(() => {});
  const channel = new Channel<PanelHostContract, PanelPageContract>(
    {
      post: (message) => void post(message).catch(() => {}),
      listen(listener) {
        hear = listener;
        return () => (hear = () => {});
      },
    },
    panelHostContract,
    panelPageContract,
    handlers,
    {},
    (why) => refused.push(why),
  );
  page.on("console", (message) => {
    if (["warning", "error"].includes(message.type())) refused.push(message.text());
  });
  page.on("pageerror", (error) => refused.push(`page error: ${error.message}`));

  const panel: PanelPage = {
    page,
    asked,
    refused,
    channel,
    get state() {
      return current;
    },
    tell(change) {
      channel.emit("didChangeState", next(change));
    },
    post,
    close: () => context.close(),
  };
  await page.exposeFunction("postToHost", (message: unknown) => hear(message));
  await page.goto(`${origin}/`);
  await page.locator("vscode-button").first().waitFor({ state: "attached" });
  return panel;
}

async function serve(page: Page, options: PanelPageOptions): Promise<void> {
  const built = path.join(repository, "dist", "webview");
  const nonce = "0123456789abcdef";
  const { variables = {}, bodyClass = "" } = options.theme ?? {};
  const html = tonePanelPage({
    nonce,
    styleNonce: "fedcba9876543210",
    script: `${origin}/panel.js`,
    style: `${origin}/panel.css`,
    source: origin,
    language: options.language ?? "en",
    title: "Tones",
    loading: "Loading.",
  });
  const shim = `
    window.acquireVsCodeApi = () => ({
      postMessage: (message) => void window.postToHost(message),
      getState: () => JSON.parse(sessionStorage.getItem("state") ?? "null") ?? undefined,
      setState: (value) => sessionStorage.setItem("state", JSON.stringify(value)),
    });
    const variables = ${JSON.stringify(variables)};
    for (const [name, value] of Object.entries(variables)) {
      document.documentElement.style.setProperty(name, value);
    }
    document.body.className = ${JSON.stringify(bodyClass)};
    document.body.style.setProperty("background", "var(--vscode-sideBar-background)");
  `;
  await page.route(`${origin}/**`, async (route) => {
    const { pathname } = new URL(route.request().url());
    if (pathname === "/") {
      const body = html.replace(
        "<script nonce",
        `<script nonce="${nonce}">${shim}</script><script nonce`,
      );
      return route.fulfill({ contentType: "text/html; charset=utf-8", body });
    }
    const file = path.join(built, path.basename(pathname));
    if (!fs.existsSync(file)) return route.fulfill({ status: 404 });
    const contentType = file.endsWith(".css") ? "text/css" : "text/javascript";
    return route.fulfill({ contentType, body: fs.readFileSync(file) });
  });
}
