import type { PanelState } from "../src/shared/panelProtocol";
import type { Part } from "./dom";
import { create, setAttribute, setText, setVisible, uniqueId } from "./dom";
import type { Page } from "./page";
import { button, checkbox } from "./toolkit";

/** Rewrite, Stop, Ladder and Live, and why Rewrite waits when it does. */
export function actions(page: Page): Part<PanelState> & { readonly rewrite: HTMLElement } {
  const { strings } = page;
  const hintId = uniqueId("why");
  const rewrite = button({
    label: strings.rewrite,
    appearance: "primary",
    onPress: () => void page.ask("rewrite", {}),
  });
  const stop = button({ label: strings.stop, onPress: () => void page.ask("stop", {}) });
  const ladder = button({
    label: strings.ladder,
    title: strings.ladderHint,
    onPress: () => void page.ask("ladder", {}),
  });
  const live = checkbox(strings.live, (on) => void page.ask("setLive", { on }));
  setAttribute(live.element, "title", strings.liveHint);
  const hint = create("p", { class: "hint", id: hintId });
  const element = create(
    "div",
    { class: "actions" },
    create(
      "div",
      { class: "buttons" },
      rewrite.element,
      stop.element,
      ladder.element,
      live.element,
    ),
    hint,
  );
  return {
    element,
    rewrite: rewrite.element,
    update(state) {
      const toned = Object.values(state.weights).some((weight) => weight !== 0);
      const hasText = state.selection.kind !== "none";
      const able = toned && hasText && state.pack !== null;
      rewrite.setDisabled(!able);
      ladder.setDisabled(!able);
      setVisible(stop.element, state.run !== null, rewrite.element);
      live.setChecked(state.live);
      setText(hint, toned ? (state.live ? strings.liveHint : "") : strings.rewriteNeedsTone);
      setVisible(hint, !toned || state.live);
    },
  };
}
