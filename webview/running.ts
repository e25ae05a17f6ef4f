import type { PanelProgress, PanelRun } from "../src/shared/panelProtocol";
import type { PanelStrings } from "../src/shared/panelStrings";
import type { Part } from "./dom";
import { create, setText, setVisible } from "./dom";
import { fill } from "./format";
import type { Page } from "./page";
import { progressRing } from "./toolkit";

export interface Running extends Part<PanelRun | null> {
  progress(progress: PanelProgress): void;
}

/** What is being written, as it is written. */
export function running({ strings, numbers }: Page): Running {
  const title = create("span", { class: "run-title" });
  const detail = create("span", { class: "run-detail" });
  const written = create("div", {
    class: "prose written",
    dir: "auto",
    role: "region",
    "aria-label": strings.writtenSoFar,
    tabindex: "0",
  });
  const element = create(
    "section",
    { class: "run", "aria-label": strings.engineWriting },
    create("div", { class: "run-head" }, progressRing(), title, detail),
    written,
  );
  const progress = (now: PanelProgress) => {
    const parts: string[] = [];
    if (now.passages > 1) {
      parts.push(
        fill(strings.runPassage, numbers.decimal(now.passage + 1), numbers.decimal(now.passages)),
      );
    }
    if (now.tokensPerSecond > 0) {
      parts.push(fill(strings.runSpeed, numbers.decimal(Math.round(now.tokensPerSecond))));
    }
    setText(detail, parts.join(" · "));
    setText(written, now.written);
    setVisible(written, now.written !== "");
    written.scrollTop = written.scrollHeight;
  };
  return {
    element,
    progress,
    update(run) {
      setVisible(element, run !== null);
      if (!run) {
        setText(written, "");
        setText(detail, "");
        return;
      }
      setText(title, runText(run, strings));
      if (run.progress) progress(run.progress);
      else setVisible(written, written.textContent !== "");
    },
  };
}

export function runText(run: PanelRun, strings: PanelStrings): string {
  switch (run.kind) {
    case "rewrite":
      return strings.runRewrite;
    case "live":
      return strings.runLive;
    case "ladder":
      return strings.runLadder;
  }
}
