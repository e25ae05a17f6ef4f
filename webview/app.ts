import type { PanelProgress, PanelState } from "../src/shared/panelProtocol";
import { actions } from "./actions";
import { advanced } from "./advanced";
import { announcer } from "./announcer";
import { create, setText, setVisible } from "./dom";
import { engineLine } from "./engineLine";
import { ladder } from "./ladder";
import type { Page } from "./page";
import { presets } from "./presets";
import { preview } from "./preview";
import { resultCard } from "./resultCard";
import { running } from "./running";
import { selectionLine } from "./selectionLine";
import { button, divider } from "./toolkit";
import { toneRows } from "./toneRows";

export interface App {
  readonly element: HTMLElement;
  update(state: PanelState): void;
  progress(progress: PanelProgress): void;
  /** What could not be done, in a sentence. */
  notice(sentence: string): void;
}

/** The whole page: from the engine's health at the top to the fine print at the bottom. */
export function app(page: Page): App {
  const { strings } = page;
  const engine = engineLine(page);
  const noPack = create(
    "section",
    { class: "empty" },
    create("h2", {}, strings.noPackTitle),
    create("p", {}, strings.noPackText),
    button({
      label: strings.chooseModel,
      appearance: "primary",
      onPress: () => void page.ask("act", { action: "chooseModel" }),
    }).element,
  );
  const notice = create("p", { class: "notice", role: "alert" });
  const selection = selectionLine(page);
  const buttons = actions(page);
  const focusAfter = () => buttons.rewrite;
  const run = running(page);
  const announce = announcer(page);
  const parts = [
    presets(page),
    toneRows(page),
    buttons,
    preview(page, focusAfter),
    ladder(page, focusAfter),
    resultCard(page, focusAfter),
    advanced(page),
    announce,
  ] as const;
  const [presetPart, tonePart, buttonPart, previewPart, ladderPart, resultPart, advancedPart] =
    parts;
  const body = create(
    "div",
    { class: "body" },
    selection.element,
    presetPart.element,
    tonePart.element,
    buttonPart.element,
    run.element,
    previewPart.element,
    ladderPart.element,
    resultPart.element,
    divider(),
    advancedPart.element,
  );
  const element = create(
    "main",
    { class: "panel" },
    create("h1", { class: "unseen" }, strings.tones),
    engine.element,
    noPack,
    notice,
    body,
    announce.element,
  );
  element.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && latest?.run) void page.ask("stop", {});
  });
  let latest: PanelState | undefined;
  const showNotice = (sentence: string) => {
    setText(notice, sentence);
    setVisible(notice, sentence !== "");
  };
  showNotice("");
  return {
    element,
    update(state) {
      latest = state;
      setVisible(noPack, state.pack === null);
      setVisible(body, state.pack !== null);
      engine.update(state);
      selection.update(state.selection);
      run.update(state.run);
      for (const part of parts) part.update(state);
      showNotice(state.notice);
    },
    progress: (progress) => run.progress(progress),
    notice: showNotice,
  };
}
