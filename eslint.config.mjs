import eslint from "@eslint/js";
import { defineConfig } from "eslint/config";
import tseslint from "typescript-eslint";
import { fences } from "./eslint.fences.mjs";

const noBarrels = {
  selector: "ExportAllDeclaration",
  message: "No barrels: import from the file that has it.",
};

export default defineConfig(
  {
    ignores: [
      "dist/",
      ".editor/",
      "coverage/",
      "training/",
      "models/",
      "corpus/",
      "test/fixtures/",
      "test/artefacts/",
      // Generated from the official schema.
      "src/graph/**/*_pb.ts",
    ],
  },
  eslint.configs.recommended,
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      "@typescript-eslint/consistent-type-imports": ["error", { fixStyle: "inline-type-imports" }],
      "@typescript-eslint/no-unused-vars": [
        "error",
        { argsIgnorePattern: "^_", varsIgnorePattern: "^_", ignoreRestSiblings: true },
      ],
      // `array[i]!` says that the index is known to be inside, whether or not the compiler asks.
      "@typescript-eslint/no-unnecessary-type-assertion": "off",
      // A method may be async only because its interface promises.
      "@typescript-eslint/require-await": "off",
      eqeqeq: ["error", "always", { null: "ignore" }],
      "no-restricted-exports": [
        "error",
        {
          restrictDefaultExports: {
            direct: true,
            named: true,
            defaultFrom: true,
            namedFrom: true,
            namespaceFrom: true,
          },
        },
      ],
    },
  },
  {
    files: ["src/**/*.ts", "webview/**/*.ts", "cli/**/*.ts"],
    rules: {
      "no-console": "error",
      "no-restricted-syntax": ["error", noBarrels],
    },
  },
  {
    files: ["src/**/*.ts", "webview/**/*.ts"],
    rules: {
      "no-restricted-syntax": [
        "error",
        noBarrels,
        {
          selector: "ImportExpression",
          message: "An import() passes the import fences unseen: import at the top of the file.",
        },
      ],
    },
  },
  {
    files: ["test/**/*.ts"],
    rules: {
      // Tests hand in wrong shapes on purpose and look at what comes back.
      "@typescript-eslint/no-unsafe-assignment": "off",
      "@typescript-eslint/no-unsafe-member-access": "off",
      "@typescript-eslint/no-unsafe-argument": "off",
      "@typescript-eslint/no-unsafe-call": "off",
      "@typescript-eslint/no-unsafe-return": "off",
    },
  },
  ...fences,
  {
    files: ["**/*.mjs", "**/*.cjs"],
    languageOptions: {
      globals: { process: "readonly", console: "readonly", URL: "readonly", module: "writable" },
    },
  },
);
