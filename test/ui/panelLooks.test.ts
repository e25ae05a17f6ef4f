import fs from "node:fs";
import path from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchBrowser } from "../harness/browser";
import { artefacts } from "../harness/places";
import { violations } from "./axe";
import { openPanelPage } from "./panelPage";
import type { PanelPageOptions } from "./panelPage";
import { panelLadder, panelPreview, panelResult, panelState } from "./panelStates";
import themes from "./themes.json";

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

/** Everything that the panel can show at once. */
const full = {
  weights: { empathetic: 0.8, expert: -0.4 },
  live: true,
  preview: panelPreview(),
  ladder: panelLadder(),
  result: panelResult(),
  run: {
    kind: "live" as const,
    progress: {
      place: 0,
      places: 1,
      passage: 0,
      passages: 2,
      written: "We are sorry",
      tokensPerSecond: 40,
    },
  },
  steering: {
    ...panelState().steering,
    sites: [12, 16],
    alphaShare: 0.4,
    method: "linear" as const,
  },
};

/** Nothing there that a rewrite needs. */
const poor = {
  engine: {
    state: "failed" as const,
    reason: "modelCorrupt" as const,
    message: "The model's file tones.safetensors was altered. Choose another model.",
  },
  selection: { kind: "none" as const, fileName: "", words: 0, writable: false, reading: null },
  notice: "The document was changed since, so use the editor's own undo.",
};

async function open(options: PanelPageOptions) {
  const panel = await openPanelPage(browser, { height: 1400, ...options });
  for (const closed of await panel.page.locator("details:not([open]) > summary").all()) {
    if (await closed.isVisible()) await closed.click();
  }
  return panel;
}

async function keep(page: Page, name: string): Promise<void> {
  fs.mkdirSync(artefacts, { recursive: true });
  await page.screenshot({ path: path.join(artefacts, `panel-${name}.png`), fullPage: true });
}

test.each(Object.keys(themes) as (keyof typeof themes)[])(
  "axe finds nothing wrong in the theme %s",
  async (theme) => {
    const panel = await open({ theme: themes[theme], state: full, width: 340 });
    await keep(panel.page, `${theme}-full`);
    expect(await violations(panel.page)).toEqual([]);
    panel.tell({ preview: null, ladder: null, result: null, run: null, weights: {}, ...poor });
    await panel.page.getByText(poor.notice).waitFor();
    await keep(panel.page, `${theme}-poor`);
    expect(await violations(panel.page)).toEqual([]);
    panel.tell({ pack: null });
    await panel.page.getByText("No model yet").waitFor();
    expect(await violations(panel.page)).toEqual([]);
    expect(panel.refused).toEqual([]);
    await panel.close();
  },
);

test.each(["en", "ar"])("nothing sticks out from 200 to 600 px, language %s", async (language) => {
  const panel = await open({ theme: themes["vs-dark"], state: full, language });
  for (const width of [200, 320, 600]) {
    await panel.page.setViewportSize({ width, height: 1400 });
    await keep(panel.page, `${language}-${width}`);
    const outside = await panel.page.evaluate(`[...document.querySelectorAll("main *")]
      .filter((e) => e.checkVisibility() && !e.closest(".unseen"))
      .map((e) => [e, e.getBoundingClientRect()])
      .filter(([, box]) => box.width > 0 && (box.left < -0.5 || box.right > innerWidth + 0.5))
      .map(([e]) => e.outerHTML.slice(0, 120))`);
    expect(outside, `${width} px`).toEqual([]);
    expect(await panel.page.evaluate("document.documentElement.scrollWidth")).toBe(width);
  }
  await panel.close();
});

test("from right to left the slider promotes towards the left", async () => {
  const panel = await open({ theme: themes["vs-dark"], state: full, language: "ar" });
  const slider = panel.page.getByRole("slider", { name: "Casual", exact: true });
  await slider.click({ position: { x: 3, y: 10 } });
  await expect.poll(() => panel.state.weights["casual"]).toBe(1);
  await panel.close();
});
