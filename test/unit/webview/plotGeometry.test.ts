import { expect, test } from "vitest";
import { plotGeometry } from "../../../webview/plotGeometry";

const box = { left: 10, right: 110, top: 0, bottom: 50 };

test("depth goes to the right and accuracy up, between whole tenths", () => {
  const plot = plotGeometry(
    [
      { site: 20, depth: 1, accuracy: 0.8 },
      { site: 0, depth: 0, accuracy: 0.6 },
      { site: 10, depth: 0.5, accuracy: 0.7 },
    ],
    box,
  );
  expect([plot.floor, plot.ceiling]).toEqual([0.6, 0.8]);
  expect(plot.points.map(({ site, x }) => [site, x])).toEqual([
    [0, 10],
    [10, 60],
    [20, 110],
  ]);
  const heights = plot.points.map(({ y }) => Math.round(y));
  expect(heights).toEqual([50, 25, 0]);
});

test.each([
  { accuracies: [0.5] },
  { accuracies: [1, 1] },
  { accuracies: [0] },
  { accuracies: [0.7, 0.7, 0.7] },
])("points stay in the box for $accuracies", ({ accuracies }) => {
  const sites = accuracies.map((accuracy, site) => ({ site, depth: site / 4, accuracy }));
  for (const { x, y } of plotGeometry(sites, box).points) {
    expect(x).toBeGreaterThanOrEqual(box.left);
    expect(x).toBeLessThanOrEqual(box.right);
    expect(y).toBeGreaterThanOrEqual(box.top);
    expect(y).toBeLessThanOrEqual(box.bottom);
  }
});

test("no sites give no points", () => {
  expect(plotGeometry([], box).points).toEqual([]);
});
