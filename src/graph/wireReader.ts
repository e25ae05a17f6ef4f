/**
 * Reads the protobuf wire format (protobuf.dev/programming-guides/encoding) from a `ByteSource`
 * through a window, so that fields of any size can be stepped over without being read.
 */
import type { ByteSource } from "./byteSource";

/** One field: its number, wire type and the range of its body (for type 2 without the length). */
export interface WireField {
  readonly number: number;
  readonly type: number;
  /** Where the tag begins. */
  readonly start: number;
  readonly bodyStart: number;
  readonly end: number;
}

export const lengthDelimited = 2;

/** Thrown on bytes that are no protobuf; callers turn it into an error for people. */
export class WireError extends Error {}

const windowBytes = 1 << 16;
const longestVarint = 10;

export class WireReader {
  private window: Uint8Array = new Uint8Array(0);
  private windowStart = 0;

  constructor(private readonly source: ByteSource) {}

  /** The field whose tag is at `position`, inside a message that ends at `limit`. */
  async field(position: number, limit: number): Promise<WireField> {
    const tag = await this.varint(position, limit);
    const number = Math.floor(tag.value / 8);
    const type = tag.value % 8;
    if (number < 1) throw new WireError(`field number 0 at byte ${position}`);
    let bodyStart = tag.end;
    let end: number;
    if (type === 0) end = (await this.varint(bodyStart, limit)).end;
    else if (type === 1) end = bodyStart + 8;
    else if (type === 5) end = bodyStart + 4;
    else if (type === lengthDelimited) {
      const length = await this.varint(bodyStart, limit);
      bodyStart = length.end;
      end = bodyStart + length.value;
    } else throw new WireError(`unknown wire type ${type} at byte ${position}`);
    if (end > limit) throw new WireError(`a field at byte ${position} runs past its message`);
    return { number, type, start: position, bodyStart, end };
  }

  /** A copy of the bytes from `start` to `end`. */
  async bytes(start: number, end: number): Promise<Uint8Array> {
    if (end - start <= windowBytes) {
      await this.hold(start, end);
      return this.window.slice(start - this.windowStart, end - this.windowStart);
    }
    return (await this.source.read(start, end - start)).slice();
  }

  /** Only tags and lengths are read this way, so doubles are exact enough. */
  private async varint(position: number, limit: number): Promise<{ value: number; end: number }> {
    await this.hold(position, Math.min(position + longestVarint, limit));
    let value = 0;
    let scale = 1;
    for (let at = position; at < limit && at < position + longestVarint; at++) {
      const byte = this.window[at - this.windowStart]!;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return { value, end: at + 1 };
      scale *= 128;
    }
    throw new WireError(`a number at byte ${position} does not end`);
  }

  private async hold(start: number, end: number): Promise<void> {
    if (start >= this.windowStart && end <= this.windowStart + this.window.length) return;
    const length = Math.min(windowBytes, this.source.size - start);
    const window = await this.source.read(start, length);
    if (window.length < length || end > start + length) {
      throw new WireError(`the file ends before byte ${end}`);
    }
    this.window = window;
    this.windowStart = start;
  }
}
