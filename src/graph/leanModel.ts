/**
 * A model's bytes without its big weights. An .onnx from a hub may be gigabytes, nearly all of it
 * the `raw_data` of initializers; each of those is replaced by a reference to its place in the
 * original file (external data: location, offset, length), so nothing is loaded or copied.
 *
 * ModelProto.graph = 7, GraphProto.initializer = 5, TensorProto.raw_data = 9, external_data = 13,
 * data_location = 14. Everything else, also tensors in attributes and subgraphs, stays as it is.
 */
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import type { ByteSource } from "./byteSource";
import type { WireField } from "./wireReader";
import { lengthDelimited, WireError, WireReader } from "./wireReader";

/** Weights above this move out; below it shape inference may want them in the graph. */
const largestInline = 1024;

/** No decoder's graph is near this; a file that claims so is no model or keeps weights in typed fields. */
const largestGraph = 2 ** 30;

export async function leanModelBytes(source: ByteSource, fileName: string): Promise<Uint8Array> {
  const reader = new WireReader(source);
  const scan = new Scan(reader, fileName);
  return scan.message(0, source.size, (field) =>
    field.number === 7 ? scan.graph(field) : undefined,
  );
}

class Scan {
  private copied = 0;

  constructor(
    private readonly reader: WireReader,
    private readonly fileName: string,
  ) {}

  /** The message's fields as they are, except those for which `replace` gives another body. */
  async message(
    start: number,
    end: number,
    replace: (field: WireField) => Promise<Uint8Array | undefined> | undefined,
  ): Promise<Uint8Array> {
    const writer = new BinaryWriter();
    let position = start;
    while (position < end) {
      const field = await this.reader.field(position, end);
      const body = field.type === lengthDelimited ? await replace(field) : undefined;
      if (body) writer.tag(field.number, WireType.LengthDelimited).bytes(body);
      else writer.raw(await this.copy(field.start, field.end));
      position = field.end;
    }
    return writer.finish();
  }

  graph({ bodyStart, end }: WireField): Promise<Uint8Array> {
    return this.message(bodyStart, end, (field) =>
      field.number === 5 ? this.initializer(field) : undefined,
    );
  }

  private async initializer({ bodyStart, end }: WireField): Promise<Uint8Array | undefined> {
    if (end - bodyStart <= largestInline) return undefined;
    const kept = new BinaryWriter();
    let data: WireField | undefined;
    for (let position = bodyStart; position < end;) {
      const field = await this.reader.field(position, end);
      const isData = field.number === 9 && field.type === lengthDelimited;
      if (isData && field.end - field.bodyStart > largestInline) data = field;
      else kept.raw(await this.copy(field.start, field.end));
      position = field.end;
    }
    if (!data) return undefined;
    const entries = {
      location: this.fileName,
      offset: String(data.bodyStart),
      length: String(data.end - data.bodyStart),
    };
    for (const [key, value] of Object.entries(entries)) {
      kept.tag(13, WireType.LengthDelimited).fork();
      kept.tag(1, WireType.LengthDelimited).string(key);
      kept.tag(2, WireType.LengthDelimited).string(value).join();
    }
    kept.tag(14, WireType.Varint).int32(1);
    return kept.finish();
  }

  private async copy(start: number, end: number): Promise<Uint8Array> {
    this.copied += end - start;
    if (this.copied > largestGraph) throw new WireError("the graph is larger than 1 GiB");
    return this.reader.bytes(start, end);
  }
}
