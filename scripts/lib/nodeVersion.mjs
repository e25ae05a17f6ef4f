/** Ends with one sentence on a Node that is too old for the tools. */
export function requireNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  console.error(
    `Node.js 20.19 or newer is needed; this is ${process.version}. Get it from https://nodejs.org.`,
  );
  process.exit(1);
}
