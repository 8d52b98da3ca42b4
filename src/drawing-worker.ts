// A drawing thread: makes the images of QR codes, away from the event loop. It has no database, and touches no file but its own drawer.

import { strict as assert } from 'node:assert';
import { parentPort } from 'node:worker_threads';
import { yieldToOthers } from './core/background.ts';
import { AppError } from './core/errors.ts';
import { draw, type Drawing } from './qr/draw.ts';
import type { DrawingReply, DrawingResults, DrawingTask } from './qr/drawing-protocol.ts';
import { zipped } from './qr/zip.ts';

assert(parentPort !== null);
const port = parentPort;

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

port.on('message', (task: DrawingTask) => void replyTo(task).then((reply) => port.postMessage(reply)));
