import type { PanelState } from "../src/shared/panelProtocol";
import { dial } from "./dial";
import type { Part } from "./dom";
import { create, setText, setVisible, uniqueId } from "./dom";
import { fill, parseSites } from "./format";
import type { Page } from "./page";
import { nearestSite, whereOf } from "./steered";
import { dropdown, textField } from "./toolkit";

/** Which layers are steered: the calibrated ones, the one at a depth, or those that are named. */
export function whereField(page: Page): Part<PanelState> {
  const { strings, numbers } = page;
  const hintId = uniqueId("hint");
  let state: PanelState | undefined;

  const list = dropdown(strings.whereLabel, (where) => {
    const sites = state?.pack?.calibrated.sites ?? [];
    const middle = state?.pack?.sites.find(({ site }) => site === sites[0])?.depth ?? 0.5;
    if (where === "depth") void page.ask("setSteering", { sites: null, layerDepth: middle });
    else if (where === "sites") void page.ask("setSteering", { sites, layerDepth: null });
    else void page.ask("setSteering", { sites: null, layerDepth: null });
  });

  const depthText = (depth: number) =>
    fill(
      strings.depthValue,
      numbers.percent(depth),
      nearestSite(state?.pack?.sites ?? [], depth) ?? 0,
    );
  const depthValue = create("p", { class: "hint", "aria-hidden": "true" });
  const depth = dial({
    minimum: 0,
    maximum: 1,
    step: 0.01,
    label: strings.depthLabel,
    speak: depthText,
    onMove: (value) => setText(depthValue, depthText(value)),
    onChange: (layerDepth) => page.ask("setSteering", { layerDepth }),
  });
  const depthBox = create(
    "div",
    {},
    create("div", { class: "dial-row" }, depth.element),
    depthValue,
  );

  const allowed = () => (state?.pack?.sites ?? []).map(({ site }) => site);
  const sitesHint = create("p", { class: "hint", id: hintId, role: "status" });
  const sendSites = () => {
    const sites = parseSites(field.value, allowed());
    field.setInvalid(!sites);
    setText(
      sitesHint,
      fill(sites ? strings.sitesHint : strings.sitesInvalid, allowed().join(", ")),
    );
    sitesHint.classList.toggle("error", !sites);
    if (sites && sites.join() !== state?.steering.sites?.join()) {
      void page.ask("setSteering", { sites });
    }
  };
  const field = textField({
    label: strings.sitesLabel,
    onEnter: sendSites,
    onChange: sendSites,
  });
  const sitesBox = create("div", {}, field.element, sitesHint);

  return {
    element: create(
      "div",
      {},
      list.element,
      create("p", { class: "hint" }, strings.whereHint),
      depthBox,
      sitesBox,
    ),
    update(next) {
      state = next;
      const where = whereOf(next.steering);
      const own = next.pack?.calibrated.sites ?? [];
      list.setChoices([
        { value: "calibrated", label: fill(strings.whereCalibrated, own.join(", ")) },
        { value: "depth", label: strings.whereDepth },
        { value: "sites", label: strings.whereSites },
      ]);
      list.setValue(where);
      setVisible(depthBox, where === "depth");
      setVisible(sitesBox, where === "sites");
      if (where === "depth") depth.setValue(next.steering.layerDepth ?? 0);
      if (where === "sites" && !field.element.contains(document.activeElement)) {
        field.value = (next.steering.sites ?? []).join(", ");
        field.setInvalid(false);
        sitesHint.classList.remove("error");
        setText(sitesHint, fill(strings.sitesHint, allowed().join(", ")));
      }
    },
  };
}
