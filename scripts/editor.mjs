import { editorHome, installEditor } from "./lib/editorHome.mjs";

// Installs the editor the integration and UI tests run in (see lib/editorHome.mjs).
await installEditor();
console.log(`The editor is in ${editorHome}.`);
