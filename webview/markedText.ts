import { changedStretches } from "./changes";
import { create } from "./dom";

export interface MarkedText {
  readonly element: HTMLElement;
  /** Marks in `after` what `before` does not have; nothing where `before` is not known. */
  show(after: string, before: string | null): void;
}

/** Text that somebody wrote, in its own direction, with its line breaks. */
export function markedText(className: string): MarkedText {
  const element = create("div", { class: `prose ${className}`, dir: "auto" });
  let shown = "";
  return {
    element,
    show(after, before) {
      const key = JSON.stringify([after, before]);
      if (key === shown) return;
      shown = key;
      if (before === null) {
        element.textContent = after;
        return;
      }
      element.replaceChildren(
        ...changedStretches(before, after).map(({ text, changed }) =>
          changed ? create("mark", {}, text) : text,
        ),
      );
    },
  };
}
