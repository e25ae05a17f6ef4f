import type { PanelState } from "../src/shared/panelProtocol";
import type { Part } from "./dom";
import { create, setText } from "./dom";
import type { Page } from "./page";
import { headlineText } from "./resultCard";
import { runText } from "./running";

/** Says to a screen reader what began and what ended; never the text as it streams. */
export function announcer(page: Page): Part<PanelState> {
  const element = create("div", { class: "unseen", role: "status", "aria-live": "polite" });
  let last: PanelState | undefined;
  return {
    element,
    update(state) {
      const before = last;
      last = state;
      if (!before) return;
      if (state.run && state.run.kind !== before.run?.kind) {
        setText(element, runText(state.run, page.strings));
      } else if (state.ladder && !before.ladder) {
        setText(element, page.strings.ladderTitle);
      } else if (state.preview && !state.preview.stale && (!before.preview || before.run)) {
        if (!state.run) setText(element, page.strings.previewTitle);
      } else if (state.result && JSON.stringify(state.result) !== JSON.stringify(before.result)) {
        setText(element, headlineText(state.result, page));
      }
    },
  };
}
