// The drawer of SVG, PNG and JPEG: resvg, as WebAssembly. Loaded with the first picture, since most codes have none.

import type { Resvg } from '@resvg/resvg-wasm';
import { assetBytes } from '../core/assets.ts';

export type Drawer = typeof Resvg;

let loading: Promise<Drawer> | undefined;

async function load(): Promise<Drawer> {
  const { initWasm, Resvg } = await import('@resvg/resvg-wasm');
  await initWasm(new Uint8Array(assetBytes('resvg.wasm')));
  return Resvg;
}

export function loadDrawer(): Promise<Drawer> {
  return (loading ??= load());
}
