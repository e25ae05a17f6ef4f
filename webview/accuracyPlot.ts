import type { PanelState } from "../src/shared/panelProtocol";
import type { Part } from "./dom";
import { create } from "./dom";
import { fill } from "./format";
import type { Page } from "./page";
import { plotGeometry } from "./plotGeometry";
import type { Plot } from "./plotGeometry";
import { steeredSites } from "./steered";

const svgNamespace = "http://www.w3.org/2000/svg";
const size = { width: 260, height: 102 };
const box = { left: 34, right: 250, top: 8, bottom: 74 };

/** Held-out accuracy by layer as a picture, with the same in words and as a table. */
export function accuracyPlot(page: Page): Part<PanelState> {
  const { strings } = page;
  const picture = create("div", { class: "plot-picture" });
  const table = create("div", {});
  const element = create(
    "div",
    { class: "plot" },
    create("p", { class: "hint" }, strings.plotTitle),
    picture,
    page.ui.disclosure("plotTable", strings.plotShow, table),
  );
  let shown = "";
  return {
    element,
    update(state) {
      const sites = state.pack?.sites ?? [];
      element.hidden = sites.length === 0;
      const steered = steeredSites(state);
      const key = JSON.stringify([sites, steered]);
      if (sites.length === 0 || key === shown) return;
      shown = key;
      const summary = summaryText(sites, steered, page);
      picture.replaceChildren(draw(plotGeometry(sites, box), steered, summary, page));
      table.replaceChildren(accuracyTable(sites, page));
    },
  };
}

type Sites = NonNullable<PanelState["pack"]>["sites"];

function summaryText(sites: Sites, steered: readonly number[], { strings, numbers }: Page): string {
  const byAccuracy = [...sites].sort((a, b) => a.accuracy - b.accuracy);
  const lowest = byAccuracy[0]!;
  const highest = byAccuracy.at(-1)!;
  return `${strings.plotTitle}. ${fill(
    strings.plotSummary,
    numbers.percent(lowest.accuracy),
    lowest.site,
    numbers.percent(highest.accuracy),
    highest.site,
    steered.join(", "),
  )}`;
}

function draw(
  { floor, ceiling, points }: Plot,
  steered: readonly number[],
  summary: string,
  { strings, numbers }: Page,
): SVGElement {
  const picture = shape("svg", {
    viewBox: `0 0 ${size.width} ${size.height}`,
    role: "img",
    "aria-label": summary,
  });
  const { left, right, top, bottom } = box;
  picture.append(
    shape("path", { class: "plot-axis", d: `M${left} ${top}V${bottom}H${right}` }),
    label(numbers.percent(ceiling), left - 4, top + 4, "end"),
    label(numbers.percent(floor), left - 4, bottom + 3, "end"),
    label(strings.plotLayer, (left + right) / 2, size.height - 4, "middle"),
    shape("polyline", {
      class: "plot-line",
      points: points.map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`).join(" "),
    }),
  );
  for (const { site, x, y } of points) {
    const on = steered.includes(site);
    if (on) picture.append(shape("path", { class: "plot-steered", d: `M${x} ${y}V${bottom}` }));
    picture.append(
      shape("circle", {
        class: on ? "plot-point steered" : "plot-point",
        cx: x.toFixed(1),
        cy: y.toFixed(1),
        r: on ? "4" : "2.5",
      }),
    );
    const ends = site === points[0]?.site || site === points.at(-1)?.site;
    if (on || ends) picture.append(label(String(site), x, bottom + 11, "middle"));
  }
  return picture;
}

function accuracyTable(sites: Sites, { strings, numbers }: Page): HTMLElement {
  const head = create(
    "tr",
    {},
    create("th", { scope: "col" }, strings.plotLayer),
    create("th", { scope: "col" }, strings.plotAccuracy),
  );
  const rows = sites.map(({ site, accuracy }) =>
    create(
      "tr",
      {},
      create("th", { scope: "row" }, String(site)),
      create("td", {}, numbers.percent(accuracy)),
    ),
  );
  return create("table", {}, create("thead", {}, head), create("tbody", {}, ...rows));
}

function label(text: string, x: number, y: number, anchor: "end" | "middle"): SVGElement {
  const element = shape("text", {
    class: "plot-label",
    x: x.toFixed(1),
    y: y.toFixed(1),
    "text-anchor": anchor,
  });
  element.textContent = text;
  return element;
}

function shape(name: string, attributes: Record<string, string>): SVGElement {
  const element = document.createElementNS(svgNamespace, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}
