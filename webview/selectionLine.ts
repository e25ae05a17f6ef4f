import type { PanelSelection } from "../src/shared/panelProtocol";
import type { Part } from "./dom";
import { create, setText, setVisible } from "./dom";
import { fill } from "./format";
import type { Page } from "./page";
import { button } from "./toolkit";

/** What a rewrite would work on, or how to give it something. */
export function selectionLine(page: Page): Part<PanelSelection> {
  const { strings, numbers } = page;
  const words = create("p", { class: "selection-words", dir: "auto" });
  const readOnly = create("p", { class: "hint" });
  const showMe = button({
    label: strings.openWalkthrough,
    onPress: () => void page.ask("act", { action: "openWalkthrough" }),
  });
  const empty = create(
    "div",
    { class: "empty" },
    create("h2", {}, strings.noTextTitle),
    create("p", {}, strings.noTextText),
    showMe.element,
  );
  const element = create("section", { class: "selection" }, words, readOnly, empty);
  element.setAttribute("aria-label", strings.selectionNone);
  return {
    element,
    update(selection) {
      const nothing = selection.kind === "none";
      setVisible(empty, nothing);
      setVisible(words, !nothing);
      setVisible(readOnly, !nothing && !selection.writable);
      const template =
        selection.kind === "selection"
          ? strings.selectionSelection
          : selection.kind === "several"
            ? strings.selectionSeveral
            : strings.selectionParagraph;
      const text = nothing
        ? strings.selectionNone
        : fill(template, numbers.decimal(selection.words), selection.fileName);
      setText(words, nothing ? "" : text);
      element.setAttribute("aria-label", text);
      setText(readOnly, fill(strings.selectionReadOnly, selection.fileName));
    },
  };
}
