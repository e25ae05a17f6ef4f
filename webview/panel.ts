import { Channel } from "../src/shared/channel";
import { panelHostContract, panelPageContract } from "../src/shared/panelProtocol";
import type { PanelProgress, PanelState } from "../src/shared/panelProtocol";
import { TonesteerError } from "../src/shared/errors";
import { app } from "./app";
import type { App } from "./app";
import { NumberFormat } from "./format";
import type { Page } from "./page";
import { registerToolkit } from "./toolkit";
import { UiState } from "./uiState";
import type { EditorApi } from "./uiState";

declare function acquireVsCodeApi(): EditorApi;

/** The page's start: listen, say that it is ready, build what the host's answer describes. */
async function start(): Promise<void> {
  const api = acquireVsCodeApi();
  const built: { app?: App } = {};
  let revision = -1;
  const show = (state: PanelState) => {
    // Answers and events may overtake one another; the newest state stands.
    if (!built.app || state.revision < revision) return;
    revision = state.revision;
    built.app.update(state);
  };
  const channel = new Channel(
    {
      post: (message) => api.postMessage(message),
      listen(listener) {
        const onMessage = (event: MessageEvent) => listener(event.data);
        window.addEventListener("message", onMessage);
        return () => window.removeEventListener("message", onMessage);
      },
    },
    panelPageContract,
    panelHostContract,
    {},
    {
      didChangeState: show,
      didWrite: (progress: PanelProgress) => built.app?.progress(progress),
    },
    // eslint-disable-next-line no-console -- the page has no other log; the host keeps its own
    (why) => console.warn(why),
  );
  const page: Omit<Page, "strings"> = {
    numbers: new NumberFormat(document.documentElement.lang),
    ui: new UiState(api),
    async ask(name, params) {
      try {
        // The same type on both sides; the compiler cannot see it through a generic key.
        show(await channel.request(name, params as never));
      } catch (error) {
        if (!TonesteerError.is(error, "cancelled")) built.app?.notice((error as Error).message);
      }
    },
  };
  registerToolkit();
  const { strings, state } = await channel.request("ready", {});
  built.app = app({ ...page, strings });
  show(state);
  document.body.replaceChildren(built.app.element);
  page.ui.keepScroll();
}

void start();
