// Every write of webhooks, for the writer thread, and those among them that the delivery thread asks for.

import { continueReplays, finishTest, replayDelivery, replayRange, startTest } from './delivery-log-store.ts';
import {
  claimDeliveries,
  finishDeliveries,
  freeClaims,
  giveBackDeliveries,
  moveDueTimes,
} from './delivery-write-store.ts';
import { fanOut } from './fan-out-store.ts';
import { dropOldEvents } from './retention-store.ts';
import { rotateSecret } from './secret-store.ts';
import { createWebhook, deleteWebhook, updateWebhook } from './webhook-store.ts';

export const deliveryOperations = [
  fanOut,
  claimDeliveries,
  finishDeliveries,
  giveBackDeliveries,
  continueReplays,
  moveDueTimes,
] as const;

export const webhookOperations = [
  createWebhook,
  updateWebhook,
  deleteWebhook,
  rotateSecret,
  startTest,
  finishTest,
  replayDelivery,
  replayRange,
  dropOldEvents,
  freeClaims,
  ...deliveryOperations,
];
