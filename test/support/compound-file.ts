interface Compound {
  /** Names of the streams, as in [MS-CFB]. */
  streams?: string[];
  /** Class id of the root, in hexadecimal. */
  rootClass?: string;
  /** Sector of the directory. */
  directoryAt?: number;
}

const sectorBytes = 512;

/** Builds a file of the Compound File Binary Format with these streams, each without content. */
export function compoundFile({ streams = [], rootClass = "", directoryAt = 0 }: Compound): Uint8Array {
  const header = Buffer.alloc(sectorBytes);
  header.write("d0cf11e0a1b11ae1", 0, "hex");
  header.writeUInt16LE(0x3e, 24);
  header.writeUInt16LE(3, 26);
  header.writeUInt16LE(0xfffe, 28);
  header.writeUInt16LE(9, 30);
  header.writeUInt16LE(6, 32);
  header.writeUInt32LE(directoryAt, 48);
  const entry = (name: string, kind: number, classId = ""): Buffer => {
    const bytes = Buffer.alloc(128);
    bytes.write(name, 0, "utf16le");
    bytes.writeUInt16LE(2 * (name.length + 1), 64);
    bytes.writeUInt8(kind, 66);
    bytes.write(classId, 80, "hex");
    return bytes;
  };
  const directory = Buffer.alloc(sectorBytes);
  Buffer.concat([entry("Root Entry", 5, rootClass), ...streams.map((name) => entry(name, 2))]).copy(
    directory,
  );
  return Buffer.concat([header, Buffer.alloc(directoryAt * sectorBytes, 0xee), directory]);
}
