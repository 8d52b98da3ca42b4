// A drawing thread: makes the images of QR codes, away from the event loop. It has no database, and touches no file but its own drawer.

import { strict as assert } from 'node:assert';
import { parentPort } from 'node:worker_threads';
import { yieldToOthers } from './core/background.ts';
import { AppError } from './core/errors.ts';
import { noteLoaded } from './core/worker-threads.ts';
import { draw, type Drawing } from './qr/draw.ts';
import type { DrawingReply, DrawingResults, DrawingTask } from './qr/drawing-protocol.ts';
import { zipped } from './qr/zip.ts';

assert(parentPort !== null);
const port = parentPort;
noteLoaded();

// Nobody waits for a code as they wait for a redirect.
yieldToOthers();

async function carryOut(task: DrawingTask): Promise<DrawingResults[keyof DrawingResults]> {
  if (task.kind === 'draw') return draw(task.order);
  if (task.kind === 'zip') return zipped(task.files);
  const drawings: Drawing[] = [];
  let { logo } = task.order;
  for (const text of task.texts) {
    const drawing = await draw({ ...task.order, logo, text });
    drawings.push(drawing);
    logo = drawing.logo && { prepared: drawing.logo };
  }
  return drawings;
}

async function replyTo(task: DrawingTask): Promise<DrawingReply> {
  try {
    return { kind: 'done', result: await carryOut(task) };
  } catch (error) {
    if (error instanceof AppError) {
      return { kind: 'refused', code: error.code, message: error.message, details: error.details };
    }
    const { message, stack } = error instanceof Error ? error : new Error(String(error));
    return { kind: 'failed', message, stack };
  }
}

/** The same bytes in memory of their own: short buffers are cut from one of 64 KiB, and all of that would go with each of them. */
function own(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes);
}

/** Images are handed over, not copied once more. */
function send(reply: DrawingReply): void {
  const transfer: ArrayBuffer[] = [];
  const handedOver = (bytes: Uint8Array): Uint8Array => {
    const copy = own(bytes);
    transfer.push(copy.buffer);
    return copy;
  };
  const drawn = ({ image, logo, ...rest }: Drawing): Drawing => ({
    ...rest,
    image: image && handedOver(image),
    logo: logo && { ...logo, png: own(logo.png) },
  });
  if (reply.kind !== 'done') return port.postMessage(reply);
  const { result } = reply;
  const sent =
    result instanceof Uint8Array ? handedOver(result) : 'image' in result ? drawn(result) : result.map(drawn);
  port.postMessage({ kind: 'done', result: sent } satisfies DrawingReply, transfer);
}

port.on('message', (task: DrawingTask) => void replyTo(task).then(send));
