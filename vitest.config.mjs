import { defineConfig } from "vitest/config";

/** One project a folder of tests: `npx vitest run test/unit`, `npx vitest run --project model`. */
const suite = (name, options = {}) => ({
  test: { name, include: [`test/${name}/**/*.test.ts`], ...options },
});

// Real models, editors and packages: one file after the other, since each uses all cores by itself.
const oneByOne = { fileParallelism: false, testTimeout: 180_000, hookTimeout: 180_000 };

export default defineConfig({
  test: {
    projects: [
      suite("unit", { testTimeout: 20_000 }),
      suite("model", { ...oneByOne, sequence: { groupOrder: 1 } }),
      suite("ui", { ...oneByOne, sequence: { groupOrder: 2 } }),
      suite("packaging", { ...oneByOne, sequence: { groupOrder: 3 } }),
    ],
  },
});
