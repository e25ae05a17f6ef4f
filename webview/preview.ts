import type { PanelState } from "../src/shared/panelProtocol";
import type { Part } from "./dom";
import { create, setText, setVisible } from "./dom";
import { fill } from "./format";
import { markedText } from "./markedText";
import type { Page } from "./page";
import { reasonTexts } from "./reasons";
import { button } from "./toolkit";

/** A rewrite that is only shown, to be put in with one press. */
export function preview(page: Page, focusAfter: () => HTMLElement): Part<PanelState> {
  const { strings, numbers } = page;
  const note = create("p", { class: "hint" });
  const after = markedText("preview-text");
  const before = create("div", { class: "prose", dir: "auto" });
  const was = page.ui.disclosure("previewBefore", strings.previewBefore, before);
  const apply = button({
    label: strings.previewApply,
    appearance: "primary",
    onPress: () => void page.ask("applyPreview", {}),
  });
  const next = button({ label: "", onPress: () => void page.ask("nextAlternative", {}) });
  const discard = button({
    label: strings.previewDiscard,
    onPress: () => void page.ask("discardPreview", {}),
  });
  const element = create(
    "section",
    { class: "preview card", "aria-label": strings.previewTitle },
    create("h2", {}, strings.previewTitle),
    note,
    after.element,
    was,
    create("div", { class: "buttons" }, apply.element, next.element, discard.element),
  );
  return {
    element,
    update({ preview: shown, selection }) {
      setVisible(element, shown !== null, focusAfter());
      if (!shown) return;
      const { texts, summary } = shown;
      const notes = summary?.units.changed === 0 ? reasonTexts(summary.reasons, strings) : [];
      if (shown.stale) notes.unshift(strings.previewStale);
      if (!texts) {
        notes.push(fill(strings.previewInEditor, summary?.documentName ?? selection.fileName));
      } else if (texts.before !== texts.after) {
        notes.push(strings.changedWords);
      }
      setText(note, notes.join(" "));
      setVisible(after.element, texts !== null);
      setVisible(was, texts !== null && texts.before !== texts.after);
      if (texts) {
        after.show(texts.after, texts.before);
        setText(before, texts.before);
      }
      element.classList.toggle("stale", shown.stale);
      apply.setDisabled(texts !== null && texts.before === texts.after);
      next.setLabel(
        fill(
          strings.previewNext,
          numbers.decimal(shown.version + 1),
          numbers.decimal(shown.versions),
        ),
      );
      setVisible(next.element, shown.versions > 1, apply.element);
    },
  };
}
