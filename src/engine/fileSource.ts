import type { FileHandle } from "node:fs/promises";
import type { ByteSource } from "../graph/byteSource";

/** An open file as the graph reader wants it; the caller closes the file. */
export async function fileSource(file: FileHandle): Promise<ByteSource> {
  const { size } = await file.stat();
  return {
    size,
    async read(offset, length) {
      const bytes = new Uint8Array(length);
      let filled = 0;
      while (filled < length) {
        const { bytesRead } = await file.read(bytes, filled, length - filled, offset + filled);
        if (bytesRead === 0) break; // shorter than it was: the reader says so
        filled += bytesRead;
      }
      return bytes.subarray(0, filled);
    },
  };
}
