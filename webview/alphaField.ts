import type { PanelState } from "../src/shared/panelProtocol";
import { dial } from "./dial";
import type { Part } from "./dom";
import { create, setText, setVisible, uniqueId } from "./dom";
import { fill } from "./format";
import type { Page } from "./page";
import { checkbox } from "./toolkit";

/** Alpha as a share of the pack's ceiling; the slider ends where text begins to break. */
export function alphaField(page: Page): Part<PanelState> {
  const { strings, numbers } = page;
  const hintId = uniqueId("hint");
  let calibratedShare = 0;
  const speak = (share: number) => fill(strings.strengthValue, numbers.percent(share));
  const value = create("span", { class: "field-value", "aria-hidden": "true" });
  const own = checkbox("", (asCalibrated) => {
    void page.ask("setSteering", { alphaShare: asCalibrated ? null : calibratedShare });
  });
  const slider = dial({
    minimum: 0,
    maximum: 1,
    step: 0.01,
    label: strings.strengthLabel,
    describedBy: hintId,
    speak,
    onMove: (share) => setText(value, numbers.percent(share)),
    onChange: (alphaShare) => page.ask("setSteering", { alphaShare }),
  });
  const chosen = create("div", { class: "dial-row" }, slider.element, value);
  return {
    element: create(
      "div",
      { class: "field", role: "group", "aria-label": strings.strengthLabel },
      create("span", { class: "field-label", "aria-hidden": "true" }, strings.strengthLabel),
      own.element,
      chosen,
      create("p", { class: "hint", id: hintId }, strings.strengthHint),
    ),
    update({ pack, steering }) {
      calibratedShare = pack?.calibrated.alphaShare ?? 0;
      own.setLabel(strings.strengthCalibrated);
      own.setChecked(steering.alphaShare === null);
      setVisible(chosen, steering.alphaShare !== null, own.element);
      slider.setValue(steering.alphaShare ?? calibratedShare);
    },
  };
}
