import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';

/** A package as npm downloads it, with what a registry says about it. */
export interface Tarball {
  readonly bytes: Buffer;
  readonly integrity: string;
  readonly shasum: string;
}

/** Packs files (`package/` is put before their names) as ustar, gzipped. */
export function makeTarball(files: Readonly<Record<string, string>>): Tarball {
  const blocks: Buffer[] = [];
  for (const [name, content] of Object.entries(files)) {
    const bytes = Buffer.from(content);
    blocks.push(header(`package/${name}`, bytes.length), bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512));
  }
  // Two empty blocks are the end.
  const bytes = gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)]));
  return {
    bytes,
    integrity: `sha512-${createHash('sha512').update(bytes).digest('base64')}`,
    shasum: createHash('sha1').update(bytes).digest('hex'),
  };
}

function header(name: string, size: number): Buffer {
  const block = Buffer.alloc(512);
  block.write(name, 0);
  block.write('0000644\0', 100);
  block.write('0000000\0', 108);
  block.write('0000000\0', 116);
  block.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  block.write('00000000000\0', 136);
  block.write('        0', 148);
  block.write('ustar\x0000', 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}
