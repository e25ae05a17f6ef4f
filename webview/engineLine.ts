import type { PanelAction, PanelState } from "../src/shared/panelProtocol";
import type { PanelStrings } from "../src/shared/panelStrings";
import type { Part } from "./dom";
import { create, setAttribute, setText, setVisible } from "./dom";
import type { Page } from "./page";
import { button, progressRing } from "./toolkit";

/** How the engine is, and while it is not well, what to do about it. */
export function engineLine(page: Page): Part<PanelState> {
  const { strings } = page;
  const ring = progressRing();
  const dot = create("span", { class: "dot", "aria-hidden": "true" });
  const words = create("span", { class: "engine-words", role: "status" });
  const packTitle = create("span", { class: "pack-title", dir: "auto" });
  const actions = create("div", { class: "buttons" });
  const buttons = new Map<PanelAction, HTMLElement>();
  for (const [action, label] of [
    ["wakeEngine", strings.wake],
    ["restartEngine", strings.restartEngine],
    ["chooseModel", strings.chooseModel],
    ["showLog", strings.showLog],
  ] as const) {
    const { element } = button({ label, onPress: () => void page.ask("act", { action }) });
    element.classList.add("small");
    buttons.set(action, element);
    actions.append(element);
  }
  const element = create(
    "section",
    { class: "engine", "aria-label": strings.engineReady },
    create("div", { class: "engine-head" }, ring, dot, packTitle, words),
    actions,
  );
  return {
    element,
    update({ engine, pack }) {
      const busy = engine.state === "loading" || engine.state === "writing";
      setAttribute(element, "data-state", engine.state);
      setVisible(ring, busy);
      dot.hidden = busy;
      setText(packTitle, pack?.title ?? "");
      const text = engine.message || engineText(engine.state, strings);
      setText(words, text);
      setAttribute(element, "aria-label", text);
      const wanted = actionsFor(engine);
      for (const [action, shown] of buttons) setVisible(shown, wanted.includes(action));
      actions.hidden = wanted.length === 0;
    },
  };
}

function engineText(state: PanelState["engine"]["state"], strings: PanelStrings): string {
  switch (state) {
    case "asleep":
      return strings.engineAsleep;
    case "loading":
      return strings.engineLoading;
    case "ready":
      return strings.engineReady;
    case "writing":
      return strings.engineWriting;
    case "failed":
      return strings.engineFailed;
  }
}

function actionsFor(engine: PanelState["engine"]): readonly PanelAction[] {
  if (engine.state === "asleep") return ["wakeEngine"];
  if (engine.state !== "failed") return [];
  const modelIsAtFault = engine.reason?.startsWith("model") ?? false;
  return modelIsAtFault
    ? ["chooseModel", "restartEngine", "showLog"]
    : ["restartEngine", "showLog"];
}
