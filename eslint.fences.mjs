import { builtinModules } from "node:module";

/**
 * The import fences: which room of the house may use which. Imports run one way:
 * shared <- steering, graph, writing <- engine <- cli; shared <- host <- extension; webview uses shared only.
 * A room not named in `may` is closed; `types` opens one for types alone.
 */

const pure = "works on what it is given and touches neither machine nor editor";

const rooms = [
  { name: "src/shared", what: "is what every process agrees on", may: [] },
  { name: "src/steering", what: pure, may: ["src/shared"] },
  { name: "src/graph", what: pure, may: ["src/shared"], types: ["src/steering"] },
  { name: "src/writing", what: pure, may: ["src/shared"], types: ["src/steering"] },
  {
    name: "src/engine",
    what: "runs the model in a process of its own, without an editor",
    may: ["src/shared", "src/steering", "src/graph", "src/writing"],
    node: true,
  },
  {
    name: "src/host",
    what: "runs in the extension host and reaches the engine over its channel, started by file path",
    may: ["src/shared"],
    node: true,
  },
  {
    name: "src/extension",
    files: ["src/extension.ts"],
    what: "builds the host's parts and wires them",
    may: ["src/shared", "src/host"],
    node: true,
  },
  { name: "webview", what: "is a page: it asks the host by messages", may: ["src/shared"] },
  {
    name: "cli",
    what: "is the engine without an editor",
    may: ["src/shared", "src/steering", "src/graph", "src/writing", "src/engine"],
    node: true,
  },
].map((room) => ({ files: [`${room.name}/**/*.ts`], ...room }));

const names = rooms.map((room) => room.name);
const builtin = `^(node:.*|(${builtinModules.filter((name) => !name.startsWith("_")).join("|")})(/.*)?)$`;
const runtimeOwner = "src/engine/session.ts";

/** ESLint configurations, one a room, and one for the file that owns the runtime. */
export const fences = rooms.flatMap((room) => {
  const closed = roomBans(room);
  if (room.name === "src/shared") return [configuration(room.files, closed)];
  const runtime = {
    regex: "^onnxruntime-(node|web|common)(/|$)",
    message: `Only ${runtimeOwner} imports the runtime, so that there is one place that loads native code.`,
  };
  return [
    configuration(room.files, [...closed, runtime]),
    ...(room.name === "src/engine" ? [configuration([runtimeOwner], closed)] : []),
  ];
});

function roomBans(room) {
  const bans = names
    .filter((name) => name !== room.name && !room.may.includes(name))
    .map((name) => ({
      regex: pathTo(room, name),
      allowTypeImports: room.types?.includes(name) ?? false,
      message: `${room.name} ${room.what}; it must not import ${name}${
        room.types?.includes(name) ? ", apart from types" : ""
      }.`,
    }));
  if (room.name === "src/shared") {
    const message =
      "src/shared imports no library but valibot: whatever is in it lands in every bundle.";
    return [...bans, { regex: "^(?!\\.{1,2}/|valibot$)", message }];
  }
  if (!["src/host", "src/extension"].includes(room.name)) {
    bans.push({
      regex: "^vscode$",
      message: `Only src/host and src/extension.ts import vscode; ${room.name} ${room.what}.`,
    });
  }
  if (!room.node) {
    bans.push({
      regex: builtin,
      message: `${room.name} runs without Node: it ${room.what}; give it what it needs.`,
    });
  }
  return bans;
}

/** A relative path out of the room into another: from any depth, with or without the src/ part. */
function pathTo(room, name) {
  const inside = name.replace(/^src\//, "");
  const from = room.name === "src/extension" ? "\\.\\.?/" : "(\\.\\./)+(src/)?";
  return `^${from}${inside}(/|$)`;
}

function configuration(files, patterns) {
  return {
    files,
    rules: { "@typescript-eslint/no-restricted-imports": ["error", { patterns }] },
  };
}
